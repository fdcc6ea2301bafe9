"""Group and class labels of a batch: which rows share one."""

from keras import ops


def flatten_labels(y_true):
    """Checks that there is one label a row and drops an axis of size 1.

    Args:
        y_true: labels of any dtype, of shape (batch,) or (batch, 1).

    Returns:
        Tensor (batch,).
    """
    y_true = ops.convert_to_tensor(y_true)
    shape = tuple(y_true.shape)
    if len(shape) != 1 and not (len(shape) == 2 and shape[1] == 1):
        raise ValueError(
            "`y_true` must hold one id a row, of shape (batch,). "
            f"Received shape: {shape}"
        )
    return ops.reshape(y_true, (-1,))


def number_groups(y_true, num_rows):
    """Replaces the id of each group by the index of its first row.

    Keras casts `y_true` to float32, which would merge integers above 2^24;
    row indices stay exact.

    Args:
        y_true: ids of any dtype, of shape (batch,) or (batch, 1); None puts
            every row in a group of its own.
        num_rows: the number of rows.

    Returns:
        int32 tensor (batch,).
    """
    if y_true is None:
        return ops.arange(num_rows, dtype="int32")
    is_same = same_group(flatten_labels(y_true))
    return ops.cast(ops.argmax(ops.cast(is_same, "int32"), axis=1), "int32")


def same_group(ids):
    """Whether rows i and j have the same id: boolean (batch, batch)."""
    return ids[:, None] == ids[None, :]


def same_row(num_rows):
    """The diagonal: boolean (num_rows, num_rows)."""
    return same_group(ops.arange(num_rows, dtype="int32"))
