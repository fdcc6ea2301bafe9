"""Log-sum-exp and crossentropy over the entries that a mask selects."""

from keras import ops


def masked_logsumexp(values, is_candidate):
    """`log sum exp` over the last axis, of the entries where the mask is true.

    Where the mask is false everywhere: -inf, with a gradient of 0.
    """
    values = ops.where(is_candidate, values, float("-inf"))
    return ops.logsumexp(values, axis=-1)


def crossentropy_with_negatives(positives, scores, is_negative):
    """Crossentropy of each row's positive against its negatives.

    `log(1 + sum_j exp(s_ij - p_i))` over the negatives `j` of row `i`; 0
    for a row without negatives.

    Args:
        positives: tensor (rows,), the scores of the positives.
        scores: tensor (rows, columns).
        is_negative: boolean tensor (rows, columns).

    Returns:
        Tensor (rows,).
    """
    return ops.softplus(masked_logsumexp(scores, is_negative) - positives)
