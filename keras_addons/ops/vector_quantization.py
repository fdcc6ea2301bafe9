"""Vector quantization: the gradients around the nearest code."""

from keras import ops


def pass_gradient(values, source):
    """Returns `values`, with the gradient of `source` (straight-through).

    `z + stop_gradient(e - z)`, arranged so that the result is exactly `e`.

    Args:
        values: float tensor, `e`; it gets no gradient.
        source: float tensor of the same shape, `z`; it gets the gradient of
            the result.

    Returns:
        Tensor of the shape of `values`.

    Example:

    >>> ops.convert_to_numpy(pass_gradient(ops.array([1.0]), ops.array([0.7])))
    array([1.], dtype=float32)

    Reference:
        [Bengio et al., 2013](https://arxiv.org/abs/1308.3432),
        https://kexue.fm/archives/6760
    """
    values, source = map(ops.convert_to_tensor, (values, source))
    # Parentheses: the difference is exactly 0.
    return ops.stop_gradient(values) + (source - ops.stop_gradient(source))


def vector_quantization_losses(vectors, codes, tokens=None):
    """Computes the two auxiliary losses of VQ-VAE.

    The codebook loss `|e - stop_gradient(z)|^2` moves the codes to the
    vectors, the commitment loss `|z - stop_gradient(e)|^2` the vectors to the
    codes; each is summed over the features and averaged over the vectors.
    The values are equal, and the gradients of their sum are those of `|e -
    z|^2`. Computed in float32.

    Args:
        vectors: float tensor (..., size), `z`.
        codes: float tensor (..., size), the code `e` of each vector.
        tokens: None or boolean tensor (...), False for vectors that do not
            count. Defaults to None.

    Returns:
        `(codebook_loss, commitment_loss)`, float32 scalars; 0 if no vector
        counts.

    Example:

    >>> vectors, codes = ops.array([[1.0, 2.0]]), ops.array([[0.0, 0.0]])
    >>> losses = vector_quantization_losses(vectors, codes)
    >>> [float(loss) for loss in losses]
    [5.0, 5.0]

    Reference:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937),
        https://kexue.fm/archives/6760
    """
    vectors, codes = ops.cast(vectors, "float32"), ops.cast(codes, "float32")
    pairs = (
        (codes, ops.stop_gradient(vectors)),
        (
            vectors,
            ops.stop_gradient(codes),
        ),
    )
    return tuple(
        mean_square_distance(one, other, tokens) for one, other in pairs
    )


def mean_square_distance(vectors, others, tokens=None):
    """`|x - y|^2`, averaged over the vectors that `tokens` counts."""
    difference = vectors - others
    if tokens is None:
        return ops.mean(ops.sum(ops.square(difference), axis=-1))
    # Before the square: what does not count may be infinite.
    difference = ops.where(
        tokens[..., None], difference, ops.zeros_like(difference)
    )
    total = ops.sum(ops.square(difference))
    return total / ops.maximum(ops.sum(ops.cast(tokens, "float32")), 1.0)
