"""Scores of rotary attention whose distances are clipped (ReRoPE)."""

from keras import ops

from keras_addons.ops.rotary import Rotation
from keras_addons.ops.rotary import rotary_angles


def rerope_scores(
    query, key, window, slope=0.0, base=10000.0, first=0, causal=False
):
    """`q_i . R_P(j - i) k_j` with a distance `P` that is clipped.

    `P(d) = d` for `|d| < window`, else `sign(d) * (window + slope * (|d| -
    window))`: with slope 0 (ReRoPE) no distance is beyond the window, with a
    slope below 1 (Leaky ReRoPE) they grow slowly, with 1 it is rotary
    attention. Three products instead of one, `causal` two.

    Args:
        query: float tensor (batch, heads, query length, size), not rotated.
        key: float tensor (batch, heads, key length, size), not rotated, of
            the positions 0, 1, 2, ...
        window: positive number.
        slope: float, at least 0. Defaults to 0.0.
        base: positive float. Defaults to 10000.0.
        first: int or scalar tensor, the position of the first query. Defaults
            to 0.
        causal: bool, whether the scores of later keys do not matter; they are
            those of some other distance then. Defaults to False.

    Returns:
        Tensor (batch, heads, query length, key length) in the dtype of
        `query`, not divided by `sqrt(size)`.

    Reference:
        https://kexue.fm/archives/9708
    """
    query, key = ops.convert_to_tensor(query), ops.convert_to_tensor(key)
    rows = ops.arange(ops.shape(query)[2], dtype="float32")
    rows = rows + ops.cast(first, "float32")
    columns = ops.arange(ops.shape(key)[2], dtype="float32")

    def product(query_positions, key_positions):
        rotated = rotate(query, query_positions, base)
        keys = rotate(key, key_positions, base)
        return ops.matmul(rotated, ops.swapaxes(keys, -1, -2))

    # Only differences count: (slope i + w - slope w) - slope j.
    shift = window - slope * window
    near = product(rows, columns)
    before = product(slope * rows + shift, slope * columns)
    distances = rows[:, None] - columns[None, :]
    scores = ops.where(distances < window, near, before)
    if causal:
        return scores
    after = product(slope * rows - shift, slope * columns)
    return ops.where(distances > -window, scores, after)


def rotate(features, positions, base):
    """Rotates (batch, heads, length, size) by positions (length,)."""
    angles = rotary_angles(positions, features.shape[-1], base)
    return Rotation(angles, features.dtype)(features)
