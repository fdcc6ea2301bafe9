"""Cosines in float32, safe for vectors of zeros."""

from keras import ops

# Squares below it are lost to float32, and so is the direction.
SMALLEST_SQUARE = 1e-30


def unit_vectors(vectors):
    """Divides every vector by its length; one of zeros stays.

    Its gradient is finite too: a vector of zeros hands on what it gets.

    Args:
        vectors: float tensor (..., dim) of any dtype.

    Returns:
        float32 tensor of the same shape.
    """
    vectors = ops.cast(vectors, "float32")
    squares = ops.sum(vectors * vectors, axis=-1, keepdims=True)
    has_length = squares > SMALLEST_SQUARE
    # The inner `where` keeps the infinite slope at 0 out of the gradient.
    return vectors * ops.rsqrt(ops.where(has_length, squares, 1.0))


def cosines(vectors, others, temperature=1.0):
    """`cos(u_i, v_j) / temperature` of every `u_i` with every `v_j`.

    Args:
        vectors: float tensor (n, dim).
        others: float tensor (m, dim).
        temperature: positive float, or None for the dot products of the
            vectors as they are.

    Returns:
        float32 tensor (n, m).
    """
    if temperature is None:
        vectors = ops.cast(vectors, "float32")
        return ops.matmul(vectors, ops.transpose(ops.cast(others, "float32")))
    vectors = unit_vectors(vectors) / temperature
    return ops.matmul(vectors, ops.transpose(unit_vectors(others)))
