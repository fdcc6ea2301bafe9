"""What the losses that compare the rows of a batch are made of."""

from keras import ops


def group_ids(y_true, num_rows):
    """Numbers the groups of a batch, each by its first row.

    Exact for every integer, where float32 would confuse those above 2^24.

    Args:
        y_true: ids of any dtype, of shape (batch,) or (batch, 1); None puts
            every row in a group of its own.
        num_rows: the number of rows.

    Returns:
        int32 tensor (batch,).
    """
    if y_true is None:
        return ops.arange(num_rows, dtype="int32")
    if len(y_true.shape) > 2 or (
        len(y_true.shape) == 2 and y_true.shape[1] != 1
    ):
        raise ValueError(
            "`y_true` must hold one id a row, of shape (batch,). "
            f"Received shape: {tuple(y_true.shape)}"
        )
    is_same = same_group(ops.reshape(y_true, (-1,)))
    return ops.cast(ops.argmax(ops.cast(is_same, "int32"), axis=1), "int32")


def same_group(ids):
    """Whether rows i and j have one id: boolean (batch, batch)."""
    return ids[:, None] == ids[None, :]


def same_row(num_rows):
    """The diagonal: boolean (num_rows, num_rows)."""
    return same_group(ops.arange(num_rows, dtype="int32"))


def masked_logsumexp(values, is_candidate):
    """`log sum exp` over the last axis, where `is_candidate` holds.

    -inf where it holds nowhere, with a gradient of 0.
    """
    values = ops.where(is_candidate, values, float("-inf"))
    return ops.logsumexp(values, axis=-1)


def contrast(positives, scores, is_negative):
    """Crossentropy of each row's positive among its negatives.

    `log(1 + sum_j exp(s_ij - p_i))` over the negatives `j` of row `i`; 0
    where there are none.

    Args:
        positives: tensor (rows,), the scores of the positives.
        scores: tensor (rows, columns).
        is_negative: boolean tensor (rows, columns).

    Returns:
        Tensor (rows,).
    """
    return ops.softplus(masked_logsumexp(scores, is_negative) - positives)
