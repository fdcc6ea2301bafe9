"""The Moore-Penrose pseudo-inverse, with a gradient for every rank."""

import numpy as np
from keras import ops

from keras_addons.arguments import check_number

EPSILON = float(np.finfo("float32").eps)


def pseudo_inverse(matrix, relative_tolerance=None):
    """Computes the pseudo-inverse `A^+` of a matrix of any shape and rank.

    `A = U S V^T`, `A^+ = V S^+ U^T`, where `S^+` inverts the singular values
    above the tolerance and has 0 for the others. `A^+ M` is the `B` of least
    norm that minimizes `|A B - M|`; for a matrix of full rank, `A^+ = (A^T
    A)^-1 A^T`, or the inverse if it is square.

    The gradient is that at constant rank,
    `dP = -P dA P + P P^T dA^T (I - A P) + (I - P A) dA^T P^T P`, which needs
    no derivative of singular vectors. It is finite at matrices without full
    rank and with equal singular values, where `keras.ops.pinv` has a wrong
    gradient on TensorFlow (at the identity, for one). First derivatives
    only: the gradient takes `P` for a constant.

    Costs a singular value decomposition. Computed in float32.

    Args:
        matrix: float tensor (..., m, n).
        relative_tolerance: None or float in [0, 1): singular values up to
            this part of the largest count as 0. None is `max(m, n)` times
            1.2e-7, the rounding of float32. Defaults to None.

    Returns:
        Tensor (..., n, m) of the dtype of `matrix`.

    Raises:
        ValueError: `matrix` has less than two axes, or `relative_tolerance`
            is not in [0, 1).

    Example:

    >>> inverse = pseudo_inverse(ops.array([[1.0, 1.0], [1.0, 1.0]]))
    >>> ops.convert_to_numpy(inverse).round(4)
    array([[0.25, 0.25],
           [0.25, 0.25]], dtype=float32)

    Reference:
        [Golub and Pereyra, 1973](https://doi.org/10.1137/0710036),
        https://kexue.fm/archives/10366
    """
    matrix = ops.convert_to_tensor(matrix)
    check_matrix("matrix", matrix)
    if relative_tolerance is None:
        relative_tolerance = max(matrix.shape[-2:]) * EPSILON
    check_number("relative_tolerance", relative_tolerance, 0, below=1)
    variable = ops.cast(matrix, "float32")
    constant = ops.stop_gradient(variable)
    inverse = ops.stop_gradient(
        by_singular_values(constant, relative_tolerance)
    )
    # The change is 0; what counts is its derivative.
    change = derivative(constant, inverse, variable - constant)
    return ops.cast(inverse + change, matrix.dtype)


def check_matrix(name, matrix):
    if len(matrix.shape) < 2 or None in matrix.shape[-2:]:
        raise ValueError(
            f"`{name}` must have the shape (..., m, n) with known m and n. "
            f"Received: {tuple(matrix.shape)}"
        )


def by_singular_values(matrix, relative_tolerance):
    left, values, right = ops.svd(matrix, full_matrices=False)
    largest = ops.max(values, axis=-1, keepdims=True)
    is_zero = values <= relative_tolerance * largest
    inverses = 1.0 / ops.where(is_zero, 1.0, values)
    inverses = ops.where(is_zero, 0.0, inverses)[..., None, :]
    return ops.matmul(transposed(right) * inverses, transposed(left))


def derivative(matrix, inverse, change):
    """Computes the change of the pseudo-inverse with a change of the matrix."""
    moved = ops.matmul(inverse, change)  # (..., n, n)
    across = transposed(change)  # (..., n, m)
    # P P^T dA^T (I - A P)
    by_rows = ops.matmul(ops.matmul(inverse, transposed(inverse)), across)
    by_rows = by_rows - ops.matmul(ops.matmul(by_rows, matrix), inverse)
    # (I - P A) dA^T P^T P
    gram = ops.matmul(transposed(inverse), inverse)
    by_columns = ops.matmul(across, gram)
    by_columns = by_columns - ops.matmul(
        inverse, ops.matmul(matrix, by_columns)
    )
    return by_rows + by_columns - ops.matmul(moved, inverse)


def transposed(matrix):
    return ops.swapaxes(matrix, -1, -2)
