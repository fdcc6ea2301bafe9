"""Sparsemax: probabilities of which most are exactly 0."""

from keras import ops

from keras_addons.ops.symbolic import takes_keras_tensors
from keras_addons.ops.threshold import at
from keras_addons.ops.threshold import in_order
from keras_addons.ops.threshold import shares_above
from keras_addons.ops.top_k_rows import Rows


def rectified(z):
    """`max(z, 0)` with its first two derivatives."""
    is_above = z > 0
    slope = ops.cast(is_above, z.dtype)
    return ops.where(is_above, z, 0.0), slope, ops.zeros_like(z)


@takes_keras_tensors
def sparsemax(x, axis=-1, mask=None):
    """Computes sparsemax, the nearest probabilities to the scores.

    `p_i = max(x_i - t, 0)` with the threshold `t` for which they sum to 1: the
    Euclidean projection onto the probability simplex. Scores further than 1
    below the highest get 0, and so do others.

    `keras.activations.sparsemax` of Keras 3.15 is not this function: its
    threshold is computed from the sum of all cumulative sums, so that its
    results do not sum to 1 ([0.25, 0] for the scores [1, 0.5], of which
    sparsemax is [0.75, 0.25]).

    A sort along the axis, in float32. The gradient is exact: that of the
    result, less its mean over the entries above 0.

    Args:
        x: float tensor.
        axis: int, the axis along which probabilities sum to 1. Defaults to
            -1.
        mask: None, or boolean tensor that broadcasts to `x`, False for
            entries that cannot have a share; -inf does the same. What is all
            masked gets 0. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `x`.

    Example:

    >>> import keras
    >>> import numpy as np
    >>> from keras_addons.ops import sparsemax
    >>> scores = np.array([1.0, 0.5, -0.5], "float32")
    >>> keras.ops.convert_to_numpy(sparsemax(scores))
    array([0.75, 0.25, 0.  ], dtype=float32)

    Reference:
        [Martins and Astudillo, 2016](https://arxiv.org/abs/1602.02068)
    """
    x = ops.moveaxis(ops.convert_to_tensor(x), axis, -1)
    if mask is not None:
        mask = ops.convert_to_tensor(mask, "bool")
        mask = ops.broadcast_to(ops.moveaxis(mask, axis, -1), ops.shape(x))
    rows = Rows(x, 1, 1.0, mask)
    shares = shares_above(rectified, rows.scores, sparsemax_threshold(rows))
    return ops.moveaxis(rows.finished(shares), -1, axis)


def sparsemax_threshold(rows):
    """`t = (sum of the highest K scores - 1) / K`, `K` of them above `t`."""
    ordered, place = in_order(rows)
    # The highest is 0 and the threshold above -1: what is below is not seen.
    sums = ops.cumsum(ops.maximum(ordered, -1.0), axis=-1) - 1
    is_above = place * ordered > sums
    num_above = ops.sum(ops.cast(is_above, sums.dtype), axis=-1, keepdims=True)
    num_above = ops.maximum(num_above, 1)  # 0 where all is masked
    return at(sums, num_above - 1) / num_above
