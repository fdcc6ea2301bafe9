"""Assigns vectors to the codes of a codebook: `p(code | vector)`."""

from keras import ops


def soft_codes(vectors, codebook):
    """Probabilities of the codes: near ones are likely.

    `p(y | k) = softmax_y(-|k - c_y|^2 / 2)`, in float32.

    Args:
        vectors: float tensor (batch, heads, length, dim).
        codebook: float tensor (heads, codes, dim).

    Returns:
        float32 tensor (batch, heads, length, codes).

    Example:

    >>> codebook = ops.array([[[0.0], [2.0]]])
    >>> shares = soft_codes(ops.array([[[[1.0], [2.0]]]]), codebook)
    >>> ops.convert_to_numpy(shares[0, 0]).round(3)  # 1 / (1 + exp(-2))
    array([[0.5  , 0.5  ],
           [0.119, 0.881]], dtype=float32)

    Reference:
        https://kexue.fm/archives/9862
    """
    return ops.softmax(code_scores(vectors, codebook), axis=-1)


def nearest_codes(vectors, codebook):
    """Finds the nearest code of each vector: `argmin_y |k - c_y|^2`.

    Computed in float32, as the largest `k . c_y - |c_y|^2 / 2`. Holds
    `num_vectors * num_codes` numbers. Has no gradient.

    Args:
        vectors: float tensor (..., dim).
        codebook: float tensor (codes, dim); or (heads, codes, dim) for vectors
            (batch, heads, length, dim).

    Returns:
        int32 tensor (...), the first of several nearest.

    Example:

    >>> codebook = ops.array([[0.0, 0.0], [1.0, 1.0]])
    >>> vectors = ops.array([[0.9, 0.2], [0.1, 0.2]])
    >>> ops.convert_to_numpy(nearest_codes(vectors, codebook))
    array([1, 0], dtype=int32)

    Reference:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937),
        https://kexue.fm/archives/6760, https://kexue.fm/archives/9844
    """
    vectors = ops.stop_gradient(ops.convert_to_tensor(vectors))
    codebook = ops.stop_gradient(ops.convert_to_tensor(codebook))
    scores = code_scores(vectors, codebook)
    return ops.cast(ops.argmax(scores, axis=-1), "int32")


def code_scores(vectors, codebook):
    """`k . c_y - |c_y|^2 / 2`: `-|k - c_y|^2 / 2` up to a term of `k` alone."""
    vectors, codebook = (ops.cast(x, "float32") for x in (vectors, codebook))
    squares = ops.sum(codebook**2, axis=-1)
    # Not `matmul`, here and where else a codebook meets several heads: for one
    # head TensorFlow 2.21 with oneDNN broadcasts wrongly, and crashes.
    if len(codebook.shape) == 3:
        products = ops.einsum("bhnd,hcd->bhnc", vectors, codebook)
        return products - squares[:, None] / 2
    return ops.einsum("...d,cd->...c", vectors, codebook) - squares / 2
