"""Weights of TF-IDF at the places of the terms."""

from keras import ops


def tf_idf_weights(terms, idf, mask):
    """Computes TF-IDF where each term stands, without a vector of all terms.

    With `c[i]` places of the row that hold the same term as place `i`,

        w[i] = idf[i] (1 + log c[i]) / c[i] / norm

    so that the sum of `w` over the places of a term is its entry in the
    TF-IDF vector of scikit-learn's `TfidfVectorizer(sublinear_tf=True)`, whose
    Euclidean norm is 1. A linear function of that vector is then a sum over
    places: `sum_i w[i] table[terms[i]]`. Time and memory are `places^2` a row.

    Args:
        terms: integers (batch, places).
        idf: float tensor (batch, places), the inverse document frequency of
            each term, such as `log((1 + n) / (1 + df)) + 1`.
        mask: boolean tensor (batch, places), False where there is no term.

    Returns:
        float32 tensor (batch, places); 0 where `mask` is False.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import tf_idf_weights
    >>> terms, ones = np.array([[7, 8, 0]]), np.ones((1, 3), "float32")
    >>> weights = tf_idf_weights(terms, ones, terms != 0)
    >>> [round(float(weight), 4) for weight in weights[0]]
    [0.7071, 0.7071, 0.0]

    Reference:
        [Salton and Buckley, 1988](
        https://doi.org/10.1016/0306-4573(88)90021-0)
    """
    mask = ops.cast(mask, "bool")
    same = ops.equal(terms[:, :, None], terms[:, None])
    same = ops.cast(ops.logical_and(same, mask[:, None]), "float32")
    counts = ops.maximum(ops.sum(same, axis=-1), 1.0)
    weights = ops.cast(idf, "float32") * (1.0 + ops.log(counts)) / counts
    weights = weights * ops.cast(mask, "float32")
    # Of one term: (c w)^2, which is c w^2 at each of its c places.
    squares = ops.sum(counts * ops.square(weights), axis=-1, keepdims=True)
    return weights * ops.rsqrt(ops.maximum(squares, 1e-12))
