"""Zeros and ones of all classes from the indices of some."""

import math

from keras import ops


def multi_hot(indices, num_classes):
    """Says of every class whether its index is among `indices`.

    Several indices a row, unlike one-hot. Holds two float32 tensors of the
    size of the result; `keras.ops.multi_hot` holds one for each index.

    Args:
        indices: integer tensor (..., num_indices). An index outside of 0 to
            `num_classes - 1`, such as -1, stands for no class; one that is
            there twice counts once.
        num_classes: positive int, or a tuple of ints for classes with several
            axes; then `indices` is (..., num_indices, number of axes), and
            outside of any axis is outside.

    Returns:
        boolean tensor (..., num_classes), or (..., *num_classes).

    Example:

    >>> ops.convert_to_numpy(multi_hot([[1, 3, -1], [0, 0, 9]], 4))
    array([[False,  True, False,  True],
           [ True, False, False, False]])
    >>> ops.convert_to_numpy(multi_hot([[0, 1], [1, 1]], (2, 2)))
    array([[False,  True],
           [False,  True]])

    Reference:
        https://kexue.fm/archives/7359
    """
    indices = ops.cast(indices, "int32")
    if isinstance(num_classes, tuple):
        shape = num_classes
    else:
        shape, indices = (num_classes,), indices[..., None]
    numbers, is_inside, total = flat_numbers(indices, shape)
    rows = ops.shape(numbers)[:-1]
    num_rows = math.prod(rows)
    numbers = ops.reshape(numbers, (num_rows, ops.shape(numbers)[-1]))
    offsets = total * ops.arange(num_rows, dtype="int32")
    # `ops.scatter` of torch is a Python loop over the indices.
    counts = ops.segment_sum(
        ops.cast(ops.reshape(is_inside, (-1,)), "float32"),
        ops.reshape(numbers + offsets[:, None], (-1,)),
        num_segments=num_rows * total,
    )
    return ops.reshape(counts > 0, (*rows, *shape))


def flat_numbers(indices, shape):
    """Numbers the classes of `shape` row by row.

    Returns:
        The numbers (..., num_indices), 0 for an index outside; whether each
        is inside; and the number of all classes.
    """
    numbers, is_inside, total = 0, True, 1
    for axis, size in enumerate(shape):
        index = indices[..., axis]
        is_inside &= (index >= 0) & (index < size)
        numbers = numbers * size + index
        total = total * size
    return ops.where(is_inside, numbers, 0), is_inside, total
