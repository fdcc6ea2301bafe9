"""Cosine similarities in float32, with finite gradients at zero vectors."""

from keras import ops

# float32 has too few bits for the direction of a vector with a smaller square.
SMALLEST_SQUARE = 1e-30


def unit_vectors(vectors):
    """Divides every vector by its Euclidean norm.

    A vector of zeros stays as it is, and its gradient is the upstream
    gradient, which is finite.

    Args:
        vectors: float tensor (..., dim) of any dtype.

    Returns:
        float32 tensor of the same shape.
    """
    vectors = ops.cast(vectors, "float32")
    squares = ops.sum(vectors * vectors, axis=-1, keepdims=True)
    has_length = squares > SMALLEST_SQUARE
    # Without this `where` the slope of `rsqrt` at 0 would make NaN gradients.
    return vectors * ops.rsqrt(ops.where(has_length, squares, 1.0))


def cosines(vectors, others, temperature=1.0):
    """Computes the cosine of every vector with every other vector.

    `cos(u_i, v_j) / temperature`.

    Args:
        vectors: float tensor (n, dim).
        others: float tensor (m, dim).
        temperature: positive float, or None for dot products without
            normalization. Defaults to 1.0.

    Returns:
        float32 tensor (n, m).
    """
    if temperature is None:
        vectors = ops.cast(vectors, "float32")
        return ops.matmul(vectors, ops.transpose(ops.cast(others, "float32")))
    vectors = unit_vectors(vectors) / temperature
    return ops.matmul(vectors, ops.transpose(unit_vectors(others)))
