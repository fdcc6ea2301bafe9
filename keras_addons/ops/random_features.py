"""Feature maps under which linear attention is nearly softmax attention."""

import keras
from keras import ops

from keras_addons.arguments import check_integer


def elu_features(features):
    """`elu(x) + 1`, which is positive: the feature map of linear attention.

    `exp(x)` below 0 and `x + 1` above, in float32.

    Args:
        features: float tensor of any shape.

    Returns:
        float32 tensor of the same shape.

    Example:

    >>> ops.convert_to_numpy(elu_features(ops.array([-1.0, 0.0, 2.0])))
    array([0.36787945, 1.        , 3.        ], dtype=float32)

    Reference:
        [Katharopoulos et al., 2020](https://arxiv.org/abs/2006.16236)
    """
    features = ops.cast(features, "float32")
    # In float16 the smallest would be 0, and so a denominator.
    return ops.where(features > 0, features, 0.0) + ops.exp(
        ops.minimum(features, 0.0)
    )


def positive_random_features(features, projection, shift_axes=None):
    """Random features whose products are `exp(q . k)` on average (Performer).

    `f_m(x) = exp(w_m . x - |x|^2 / 2) / sqrt(M)`, in float32. Over `w_m` of a
    standard normal distribution the mean of `f(q) . f(k)` is `exp(q . k)`,
    and no term is negative.

    Args:
        features: float tensor (..., dim). For the scores of attention divide
            queries and keys by `dim ** 0.25` before.
        projection: float tensor (M, dim), the `w`, of
            `orthogonal_projection`.
        shift_axes: None or the axes along which the largest exponent is
            subtracted, so that none is too large: -1 for queries, (-2, -1)
            for keys. It cancels out in the quotient of `linear_attention`.
            Defaults to None.

    Returns:
        float32 tensor (..., M).

    Example:

    >>> projection = orthogonal_projection(4096, 4, seed=0)
    >>> query, key = ops.array([[0.3, -0.2, 0.1, 0.5]]), 0.4 * ops.ones((1, 4))
    >>> products = ops.matmul(
    ...     positive_random_features(query, projection),
    ...     ops.transpose(positive_random_features(key, projection)),
    ... )
    >>> exact = ops.exp(ops.sum(query * key))
    >>> bool(ops.abs(products[0, 0] / exact - 1) < 0.1)
    True

    Reference:
        [Choromanski et al., 2020](https://arxiv.org/abs/2009.14794),
        https://kexue.fm/archives/7921
    """
    features = ops.cast(features, "float32")
    projection = ops.cast(projection, "float32")
    exponents = ops.matmul(features, ops.transpose(projection))
    exponents = exponents - ops.sum(features**2, axis=-1, keepdims=True) / 2
    if shift_axes is not None:
        largest = ops.max(exponents, axis=shift_axes, keepdims=True)
        exponents = exponents - ops.stop_gradient(largest)
    return ops.exp(exponents) * projection.shape[0] ** -0.5


def orthogonal_projection(num_features, dim, seed=None):
    """Draws vectors `w ~ N(0, I)`, in groups of `dim` orthogonal ones.

    Each vector alone is normally distributed, so `positive_random_features`
    are right on average; orthogonal ones vary less than independent ones. The
    directions are the `Q` of a QR decomposition with signs such that they are
    uniform, the lengths those of independent normal vectors.

    Args:
        num_features: positive int, the number of vectors.
        dim: positive int.
        seed: None, int or `keras.random.SeedGenerator`. Defaults to None.

    Returns:
        float32 tensor (num_features, dim).

    Raises:
        ValueError: a size is not a positive integer.

    Example:

    >>> w = orthogonal_projection(3, 8, seed=0)
    >>> products = ops.matmul(w, ops.transpose(w))
    >>> bool(ops.max(ops.abs(products - ops.diag(ops.diag(products)))) < 1e-4)
    True

    Reference:
        [Choromanski et al., 2020](https://arxiv.org/abs/2009.14794)
    """
    num_features = check_integer("num_features", num_features, 1)
    dim = check_integer("dim", dim, 1)
    # One draw: two with the same int as seed would be equal.
    normal = keras.random.normal(normal_shape(num_features, dim), seed=seed)
    return orthogonalized(normal, num_features)


def normal_shape(num_features, dim):
    """The shape of the normal numbers that `orthogonalized` needs."""
    return 2, -(-num_features // dim), dim, dim


def orthogonalized(normal, num_features):
    """Makes the vectors of `orthogonal_projection` from normal numbers."""
    directions, upper = ops.qr(normal[0])
    signs = ops.sign(ops.diagonal(upper, axis1=-2, axis2=-1))
    rows = ops.swapaxes(directions * signs[:, None], -1, -2)
    lengths = ops.sqrt(ops.sum(normal[1] ** 2, axis=-1, keepdims=True))
    return ops.reshape(rows * lengths, (-1, rows.shape[-1]))[:num_features]
