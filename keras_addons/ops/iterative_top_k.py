"""Smooth top-k as a softmax that is repeated without what it has selected."""

from keras import ops

from keras_addons.ops.symbolic import takes_keras_tensors
from keras_addons.ops.top_k_rows import LOWEST
from keras_addons.ops.top_k_rows import Rows
from keras_addons.ops.top_k_rows import static_k


@takes_keras_tensors
def soft_top_k_iterative(x, k, temperature=1.0, mask=None):
    """Selects the `k` highest entries softly, by `k` softmaxes in turn.

    `p = 0; k times: p = p + softmax((1 - p) * (x - min(x)) / temperature)`:
    what has been selected falls to the lowest score of the row. The shares
    sum to `k`, and become 1 for the `k` highest entries as `temperature` goes
    to 0, if the `k`-th highest is above the lowest of the row. A share may be
    above 1: an entry that has been selected competes again with the lowest.
    `soft_top_k_laplace` has no such flaw and takes one step; this function is
    for comparison with models that use it.

    Arguments, result and errors are those of `soft_top_k_laplace`, but `k`
    cannot be a tensor.

    Args:
        x: float tensor (..., n).
        k: int.
        temperature: positive number or scalar tensor. Defaults to 1.
        mask: None or boolean tensor. Defaults to None.

    Example:

    >>> import keras
    >>> import numpy as np
    >>> from keras_addons.ops import soft_top_k_iterative
    >>> x = np.array([3.0, 2.0, 1.0, 4.0], "float32")
    >>> shares = soft_top_k_iterative(x, k=2, temperature=0.125)
    >>> keras.ops.convert_to_numpy(shares).round(3)
    array([1., 0., 0., 1.], dtype=float32)

    Reference:
        https://kexue.fm/archives/10373
    """
    k = static_k(k, "soft_top_k_iterative")
    rows = Rows(x, k, temperature, mask)
    valid = ops.where(rows.is_valid, rows.scores, 0.0)
    heights = valid - ops.min(valid, axis=-1, keepdims=True)
    shares = ops.zeros_like(heights)
    for _ in range(k):
        left = ops.where(rows.is_valid, (1 - shares) * heights, LOWEST)
        shares = shares + ops.softmax(left, axis=-1)
    return rows.finished(shares)
