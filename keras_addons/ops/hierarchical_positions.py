"""Positions beyond a learned table, by two positions inside of it."""

from keras import ops


def hierarchical_vectors(table, positions, weight):
    """Vectors of up to `n^2` positions from a table of `n`.

    `p[i * n + j] = weight * u[i] + (1 - weight) * u[j]` with `u = (table -
    weight * table[0]) / (1 - weight)`. The first `n` vectors are those of the
    table, so a trained model stays the same on texts of up to `n` tokens.

    Args:
        table: float tensor (n, size).
        positions: integer tensor of any shape, in `[0, n^2)`.
        weight: float in (0, 1) other than 0.5, with which positions `i * n +
            j` and `j * n + i` would share a vector.

    Returns:
        Tensor of shape `positions.shape + (size,)`, in the dtype of `table`.

    Example:

    >>> table = ops.array([[1.0], [3.0]])  # u = 1 and (3 - 0.4) / 0.6 = 4.33
    >>> vectors = hierarchical_vectors(table, ops.arange(4), weight=0.4)
    >>> ops.convert_to_numpy(vectors[:, 0]).round(2)
    array([1.  , 3.  , 2.33, 4.33], dtype=float32)

    Reference:
        https://kexue.fm/archives/7947
    """
    num_rows = table.shape[0]
    units = (table - weight * table[:1]) / (1 - weight)
    high = ops.take(units, positions // num_rows, axis=0)
    low = ops.take(units, positions % num_rows, axis=0)
    return weight * high + (1 - weight) * low
