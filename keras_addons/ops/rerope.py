"""Scores of rotary attention whose distances are clipped (ReRoPE)."""

from functools import partial

from keras import ops

from keras_addons.ops.attention import head_products
from keras_addons.ops.rotary import rotary_angles
from keras_addons.ops.rotary import rotation_named


def clipped_distance(distance, window, slope=0.0):
    """`d` up to `window`, beyond it `sign(d) (window + slope (|d| - window))`.

    With slope 0 that is `sign(d) min(|d|, window)`.

    Args:
        distance: numbers of any shape.
        window: positive number.
        slope: float, at least 0. Defaults to 0.0.

    Returns:
        float32 tensor of the shape of `distance`.
    """
    distance = ops.cast(distance, "float32")
    inside = ops.clip(distance, -float(window), float(window))
    return inside + slope * (distance - inside)


def rerope_scores(
    query,
    key,
    window,
    slope=0.0,
    base=10000.0,
    query_positions=None,
    key_positions=None,
    causal=False,
    layout="interleaved",
):
    """`q_i . R_P(j - i) k_j` with the `P` of `clipped_distance`.

    With slope 0 (ReRoPE) no distance is beyond the window, with a slope below
    1 (Leaky ReRoPE) they grow slowly, with 1 it is rotary attention. Three
    products instead of one, `causal` two. One query, as of a step of decoding,
    takes one product: its keys are rotated by their distances from it.

    Args:
        query: float tensor (batch, heads, query length, size), not rotated.
        key: float tensor (batch, key heads, key length, size), not rotated.
            There may be fewer key heads, as of `attention`.
        window: positive number.
        slope: float, at least 0. Defaults to 0.0.
        base: positive float. Defaults to 10000.0.
        query_positions: None for 0, 1, 2, ... or numbers (query length,) or
            (batch, query length). Defaults to None.
        key_positions: None for 0, 1, 2, ... or numbers (key length,) or
            (batch, key length). Defaults to None.
        causal: bool, whether the scores of later keys do not matter; they are
            those of some other distance then. Defaults to False.
        layout: which features make a pair, as of `RotaryEmbedding`. Defaults
            to "interleaved".

    Returns:
        Tensor (batch, heads, query length, key length) in the dtype of
        `query`, not divided by `sqrt(size)`.

    Reference:
        https://kexue.fm/archives/9708
    """
    query, key = ops.convert_to_tensor(query), ops.convert_to_tensor(key)
    turn = partial(rotate, base=base, rotation=rotation_named(layout))
    rows = positions_of(query, query_positions)
    columns = positions_of(key, key_positions)
    if query.shape[2] == 1:
        distances = clipped_distance(columns - rows, window, slope)
        return head_products(query, turn(key, distances))

    def product(row_positions, column_positions):
        rotated = turn(query, row_positions)
        return head_products(rotated, turn(key, column_positions))

    # Only differences count: (slope i + w - slope w) - slope j.
    shift = window - slope * window
    near = product(rows, columns)
    before = product(slope * rows + shift, slope * columns)
    # (1, 1, query length, key length), or one of each text
    distances = (rows[..., :, None] - columns[..., None, :])[:, None]
    scores = ops.where(distances < window, near, before)
    if causal:
        return scores
    after = product(slope * rows - shift, slope * columns)
    return ops.where(distances > -window, scores, after)


def positions_of(heads, positions):
    """Returns the positions (1 or batch, length) of (b, h, length, size)."""
    if positions is None:
        positions = ops.arange(ops.shape(heads)[2])
    positions = ops.cast(positions, "float32")
    return positions[None] if len(positions.shape) == 1 else positions


def rotate(features, positions, base, rotation):
    """Rotates (b, h, length, size) by positions (1 or batch, length)."""
    angles = rotary_angles(positions[:, None], features.shape[-1], base)
    return rotation(angles, features.dtype)(features)
