"""Converts AdaFactor's state of files saved before axes were merged.

In such files the two largest axes were factored, if both were long enough,
with one matrix for each index of the other axes; a kernel (768, 12, 64) had a
full second moment. Rows and columns are means of the second moment, so the
rows and columns of the merged matrix are means of the saved ones. That is
exact unless both factored axes are now on one side of the matrix; then the
product of the saved factors approximates the second moment.
"""

import numpy as np

from keras_addons.keras_internals import weights_of
from keras_addons.optimizers.adafactor.second_moment import matrix_shape


def with_merged_axes(store, optimizer):
    """Returns the state of a file in the shapes of the present optimizer.

    Args:
        store: mapping from "0", "1", ... to arrays, as it was saved.
        optimizer: the `AdaFactor` that will load the state.

    Returns:
        mapping: `store` itself unless its state has the former shapes.
    """
    names = [str(index) for index in range(len(store.keys()))]
    if set(names) != set(store.keys()):
        return store
    arrays = [np.asarray(store[name]) for name in names]
    minimum = optimizer.min_dim_size_to_factor
    weights = [tuple(each.shape) for each in weights_of(optimizer)]
    # For each weight: its second moment and, with `beta_1`, its first.
    expected = []
    for shape in weights:
        expected.append(former_shapes(shape, former_axes(shape, minimum)))
        expected.append([shape] if optimizer.beta_1 else [])
    start = len(arrays) - sum(map(len, expected))
    if [each.shape for each in arrays[start:]] != sum(expected, []):
        return store
    state, rest = arrays[:start], iter(arrays[start:])
    groups = iter([[next(rest) for _ in shapes] for shapes in expected])
    for shape, second_moment, first_moment in zip(weights, groups, groups):
        matrix = matrix_shape(shape, minimum)
        if len(shape) > 2 and matrix is not None:
            full = full_moment(second_moment, former_axes(shape, minimum))
            full = full.reshape(matrix)
            second_moment = [full.mean(axis, keepdims=True) for axis in (1, 0)]
        state += [*second_moment, *first_moment]
    return dict(zip(map(str, range(len(state))), state))


def former_axes(shape, min_dim_size_to_factor):
    """The two largest axes in order, or None if one is too short."""
    largest = sorted(range(len(shape)), key=shape.__getitem__)[-2:]
    if len(largest) < 2 or shape[largest[0]] < min_dim_size_to_factor:
        return None
    return tuple(sorted(largest))


def former_shapes(shape, axes):
    """The shapes of the saved second moment of one weight."""
    if axes is None:
        return [shape]
    others = [size for axis, size in enumerate(shape) if axis not in axes]
    return [(*others, shape[axes[0]], 1), (*others, 1, shape[axes[1]])]


def full_moment(moments, axes):
    """The full second moment: the saved one, or the product of its factors."""
    if axes is None:
        return moments[0]
    rows, columns = (moment.astype("float64") for moment in moments)
    total = rows.mean(axis=-2, keepdims=True)
    # Zeros before the first step.
    full = rows * columns / np.where(total > 0, total, 1.0)
    return np.moveaxis(full, (-2, -1), axes)
