"""Smooth top-k as the probability to be in a random subset of size `k`."""

from keras import ops

from keras_addons import backend
from keras_addons.ops.symbolic import takes_keras_tensors
from keras_addons.ops.top_k_rows import LOWEST
from keras_addons.ops.top_k_rows import Rows
from keras_addons.ops.top_k_rows import static_k


@takes_keras_tensors
def soft_top_k_subsets(x, k, temperature=1.0, mask=None):
    """Selects the `k` highest entries softly: shares of random subsets.

    `p_i` is the probability that entry `i` is in a subset `S` of `k` entries
    which is drawn with a probability proportional to `exp(sum_(j in S) x_j /
    temperature)`. It is the gradient of `log Z_k`, where `Z_k` is the sum of
    these exponentials over all subsets (GradTopK); softmax for `k = 1`. The
    derivative of `p_i` by `x_j` is the covariance of both being in the subset.

    Computed from `log Z_j` of all beginnings and all ends of the row:
    `p_i = e^(x_i) sum_j Z_j(before i) Z_(k-1-j)(after i) / Z_k`. All terms are
    positive, so that it is finite and exact for any spread of `x`, where the
    recursion `Z_k,i = e^(x_i) (Z_(k-1) - Z_(k-1),i)` cancels. `2 k` cumulative
    sums, and memory for `3 k` float32 tensors of the size of `x`.

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
    >>> from keras_addons.ops import soft_top_k_subsets
    >>> x = np.log(np.array([3.0, 2.0, 1.0], "float32"))
    >>> shares = soft_top_k_subsets(x, k=2)  # subsets weigh 3*2, 3*1 and 2*1
    >>> keras.ops.convert_to_numpy(11 * shares).round(3)
    array([9., 8., 5.], dtype=float32)

    Reference:
        https://kexue.fm/archives/10373
    """
    k = static_k(k, "soft_top_k_subsets")
    rows = Rows(x, k, temperature, mask)
    if k == 0:
        return rows.finished(ops.zeros_like(rows.scores))
    scores = rows.scores
    backwards = ops.flip(scores, axis=-1)
    before = sums_before(scores, k)
    after = [ops.flip(each, axis=-1) for each in sums_before(backwards, k)]
    others = ops.logsumexp(
        ops.stack(
            [first + last for first, last in zip(before, reversed(after))],
            axis=-1,
        ),
        axis=-1,
    )  # (..., n), of k - 1 entries without i
    everything = ops.logsumexp(scores + before[-1], axis=-1, keepdims=True)
    # Above 0 by rounding, or in a row of less than k entries.
    return rows.finished(ops.exp(ops.minimum(scores + others - everything, 0)))


def sums_before(scores, k):
    """`log Z_j` of the entries before each entry, for `j` from 0 to `k - 1`.

    A subset of `j` has a last entry, before which are `j - 1`: `Z_j(before i)
    = sum_(l < i) e^(x_l) Z_(j-1)(before l)`.
    """
    sums = [ops.zeros_like(scores)]
    nothing = ops.full_like(scores[..., :1], LOWEST)
    for _ in range(k - 1):
        through = backend.cumulative_logsumexp(scores + sums[-1])
        before = ops.concatenate([nothing, through[..., :-1]], axis=-1)
        sums.append(before)
    return sums
