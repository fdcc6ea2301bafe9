"""Sign hashing: vectors become bits whose agreement tells the angle."""

import math

from keras import ops


def sign_hashes(vectors, directions):
    """Hashes vectors to the signs of their projections (LSH, SimHash).

    `sign(u . a_j)`, 1 or -1, for each direction `a_j`. Two vectors at the
    angle `t` get different signs with probability `t / pi`, so vectors that
    are close agree in most signs. Lengths do not matter. There is no
    gradient.

    Args:
        vectors: float tensor (..., dim).
        directions: float tensor (dim, num_bits) of normal random numbers,
            such as `projection_matrix(dim, num_bits)`; the same for all
            vectors that are compared.

    Returns:
        int8 tensor (..., num_bits) of 1 and -1, a byte each; a product of 0
        counts as positive.

    Example:

    >>> hashes = sign_hashes(ops.array([[2.0, -3.0]]), ops.eye(2))
    >>> ops.convert_to_numpy(hashes)
    array([[ 1, -1]], dtype=int8)

    Reference:
        [Charikar, 2002](https://doi.org/10.1145/509907.509965),
        https://kexue.fm/archives/8706
    """
    vectors = ops.cast(vectors, "float32")
    products = ops.matmul(vectors, ops.cast(directions, "float32"))
    return ops.cast(ops.where(products >= 0, 1, -1), "int8")


def hash_cosines(hashes, others):
    """Estimates the cosines of vectors from their sign hashes.

    The mean product `m` of the signs of two vectors has the expectation
    `1 - 2 t / pi = (2 / pi) arcsin(cos t)` at the angle `t`. The estimate is
    therefore `sin(pi m / 2)`; its standard deviation is at most
    `pi / (2 sqrt(num_bits))`, and it vanishes for vectors of one direction.

    Args:
        hashes: tensor (n, num_bits) of 1 and -1, of `sign_hashes`.
        others: tensor (m, num_bits) of 1 and -1, with the same directions.

    Returns:
        float32 tensor (n, m) between -1 and 1.

    Example:

    >>> hashes = ops.array([[1, 1, 1, 1], [1, 1, 1, -1], [1, 1, -1, -1]])
    >>> cosines = hash_cosines(hashes[:1], hashes)
    >>> ops.convert_to_numpy(cosines).round(3)  # sin(pi / 4) = 0.707
    array([[1.   , 0.707, 0.   ]], dtype=float32)

    Reference:
        [Charikar, 2002](https://doi.org/10.1145/509907.509965),
        https://kexue.fm/archives/8706
    """
    hashes, others = (ops.cast(each, "float32") for each in (hashes, others))
    agreement = ops.matmul(hashes, ops.transpose(others)) / hashes.shape[-1]
    return ops.sin(0.5 * math.pi * agreement)
