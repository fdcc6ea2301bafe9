"""Low-rank approximations of a matrix: the best, and a fast one."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.pseudo_inverse import check_matrix
from keras_addons.ops.pseudo_inverse import transposed


def low_rank_factors(matrix, rank):
    """Computes the best approximation of a matrix by two thin factors.

    `A = U S V^T`, `left = U_r S_r^(1/2)`, `right = S_r^(1/2) V_r^T` with the
    `r` largest singular values. No product of that rank is closer to `A`, be
    it in the Frobenius norm, where the squared error is the sum of the
    squares of the other singular values, or in the spectral norm, where the
    error is the largest of them (Eckart, Young and Mirsky).

    Costs a singular value decomposition; `randomized_svd` is faster for a
    small rank. Computed in float32. The factors are constants for gradients.

    Args:
        matrix: float tensor (..., m, n).
        rank: int in [1, min(m, n)].

    Returns:
        `(left, right)` of the shapes (..., m, rank) and (..., rank, n), in
        the dtype of `matrix`.

    Raises:
        ValueError: `matrix` has less than two axes, or `rank` is not in [1,
            min(m, n)].

    Example:

    >>> left, right = low_rank_factors(ops.diag([3.0, 1.0, 2.0]), rank=2)
    >>> product = ops.convert_to_numpy(ops.matmul(left, right))
    >>> product.diagonal().round(4)
    array([3., 0., 2.], dtype=float32)

    Reference:
        [Eckart and Young, 1936](https://doi.org/10.1007/BF02288367),
        https://kexue.fm/archives/10407
    """
    matrix = ops.convert_to_tensor(matrix)
    check_rank(matrix, rank)
    constant = ops.stop_gradient(ops.cast(matrix, "float32"))
    left, values, right = ops.svd(constant, full_matrices=False)
    scale = ops.sqrt(values[..., :rank])
    left = left[..., :rank] * scale[..., None, :]
    right = scale[..., None] * right[..., :rank, :]
    return tuple(
        ops.stop_gradient(ops.cast(each, matrix.dtype))
        for each in (left, right)
    )


def randomized_svd(matrix, rank, num_extra=10, num_iterations=2, seed=None):
    """Computes the largest singular values and vectors, approximately.

    Range finder: `Y = A Omega` with a random `Omega` of `rank + num_extra`
    columns, `Q = qr(Y)`, and the decomposition of the small `Q^T A`. Each
    iteration multiplies `Y` by `A A^T`, which lets small singular values
    fade: without one the error is a few times the best one, after two it is
    the best one within a few per cent for most matrices.

    Costs `2 + 2 num_iterations` products of `A` with `rank + num_extra`
    vectors, where the whole decomposition costs `O(m n min(m, n))`. Computed
    in float32. The results are constants for gradients.

    Args:
        matrix: float tensor (..., m, n).
        rank: int in [1, min(m, n)].
        num_extra: int, at least 0: columns of `Omega` beyond `rank`.
            Defaults to 10.
        num_iterations: int, at least 0. Defaults to 2.
        seed: int, `keras.random.SeedGenerator`, or None for Keras' global
            generator. Defaults to None.

    Returns:
        `(left, values, right)` of the shapes (..., m, rank), (..., rank) and
        (..., rank, n), float32; `(left * values) @ right` approximates
        `matrix`.

    Raises:
        ValueError: `matrix` has less than two axes, or an integer is not in
            its range.

    Example:

    >>> matrix = ops.diag([5.0, 4.0, 0.01, 0.02])
    >>> _, values, _ = randomized_svd(matrix, rank=2, seed=0)
    >>> ops.convert_to_numpy(values).round(3)
    array([5., 4.], dtype=float32)

    Reference:
        [Halko et al., 2011](https://arxiv.org/abs/0909.4061),
        https://kexue.fm/archives/8706
    """
    matrix = ops.convert_to_tensor(matrix)
    check_rank(matrix, rank)
    check_integer("num_extra", num_extra, 0)
    check_integer("num_iterations", num_iterations, 0)
    matrix = ops.stop_gradient(ops.cast(matrix, "float32"))
    size = min(rank + num_extra, *matrix.shape[-2:])
    shape = (matrix.shape[-1], size)
    omega = keras.random.normal(shape, dtype="float32", seed=seed)
    basis = orthonormal(ops.matmul(matrix, omega))
    for _ in range(num_iterations):
        # An orthonormal basis after each product: else only the direction of
        # the largest singular value is left of float32's digits.
        rows = orthonormal(ops.matmul(transposed(matrix), basis))
        basis = orthonormal(ops.matmul(matrix, rows))
    small = ops.matmul(transposed(basis), matrix)  # (..., size, n)
    left, values, right = ops.svd(small, full_matrices=False)
    left = ops.matmul(basis, left[..., :rank])
    return tuple(
        ops.stop_gradient(each)
        for each in (left, values[..., :rank], right[..., :rank, :])
    )


def orthonormal(matrix):
    return ops.qr(matrix, mode="reduced")[0]


def check_rank(matrix, rank):
    check_matrix("matrix", matrix)
    check_integer("rank", rank, 1)
    if rank > min(matrix.shape[-2:]):
        raise ValueError(
            f"`rank` must be at most {min(matrix.shape[-2:])}, the smaller "
            f"side of the matrix. Received: {rank}"
        )
