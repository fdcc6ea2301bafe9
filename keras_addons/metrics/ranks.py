"""Ranks with ties, of numpy arrays and inside compiled steps."""

import numpy as np
from keras import ops


def ranks(values):
    """Returns the rank of each value from 1 on; ties share their mean rank.

    Args:
        values: array (n,) of finite numbers.

    Returns:
        float64 array (n,).
    """
    _, groups, counts = np.unique(
        values, return_inverse=True, return_counts=True
    )
    return (np.cumsum(counts) - (counts - 1) / 2)[groups]


def ranks_of_first(values, num_values):
    """Returns the ranks among the first values of a tensor; compiles.

    Args:
        values: float tensor (n,), `n` known when a step is compiled.
        num_values: integer scalar tensor; the other values are ignored.

    Returns:
        float32 tensor (n,); the ranks of ignored values are meaningless.
    """
    size = values.shape[0]
    is_used = ops.arange(size) < num_values
    values = ops.where(is_used, values, float("inf"))  # behind all others
    order = ops.argsort(values)
    in_order = ops.take(values, order)
    starts_group = ops.cast(in_order[1:] != in_order[:-1], "int32")
    groups = ops.cumsum(ops.pad(starts_group, [[1, 0]]))
    counts = ops.segment_sum(ops.ones((size,)), groups, num_segments=size)
    mean_ranks = ops.cumsum(counts) - (counts - 1) / 2
    ranks_in_order = ops.take(mean_ranks, groups)
    return ops.scatter_update(
        ops.zeros((size,)), order[:, None], ranks_in_order
    )
