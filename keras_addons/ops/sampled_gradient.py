"""A matrix product whose second factor gets a sampled gradient."""

from keras import ops

from keras_addons.ops.column_row import draw_terms
from keras_addons.ops.column_row import term_norms


def matmul_with_sampled_gradient(features, kernel, uniform):
    """Multiplies exactly; the gradient of the kernel is an estimate.

    `Y = X W`. The gradient of the kernel, `X^T dY`, is a sum over all rows of
    `X`, all tokens of a batch. It is estimated from `r` rows, drawn with
    replacement in proportion to `|x_i| |dy_i|`: `(1 / r) sum_j x_s^T dy_s /
    p_s`, which has no bias and the least variance of such estimates. `Y`
    and the gradient of the features, `dY W^T`, are exact, so the gradient of
    every other weight of a model is exact too, and that of `W` has no bias.
    (Approximating `Y` itself would bias all gradients, since the loss is not
    linear in it.)

    Costs `2 n + r` rows of multiplications a step for the exact product's `3
    n`. Memory is the same: which rows are needed is known only when the
    gradient arrives.

    Args:
        features: float tensor (n, dim).
        kernel: float tensor (dim, units) of the same dtype.
        uniform: float32 tensor (r,), uniform in [0, 1): the draws.

    Returns:
        Tensor (n, units).

    Example:

    >>> import keras
    >>> from keras_addons.ops import matmul_with_sampled_gradient
    >>> draws = keras.random.uniform((2,))
    >>> features, kernel = ops.ones((8, 3)), ops.ones((3, 4))
    >>> product = matmul_with_sampled_gradient(features, kernel, draws)
    >>> product.shape == (8, 4)
    True

    Reference:
        [Adelman et al., 2018](https://arxiv.org/abs/1805.08079),
        [Liu et al., 2023](https://arxiv.org/abs/2305.15265),
        https://kexue.fm/archives/10427
    """
    # On TensorFlow a function with a custom gradient must not read a variable.
    kernel = ops.reshape(kernel, kernel.shape)
    return product(features, kernel, ops.cast(uniform, "float32"))


@ops.custom_gradient
def product(features, kernel, uniform):
    def gradient(*arguments, upstream=None):
        if upstream is None:  # torch passes it by position
            (upstream,) = arguments[-1:]
        by_features = ops.matmul(upstream, ops.transpose(kernel))
        by_kernel = sampled(features, upstream, uniform)
        return (
            by_features,
            ops.cast(by_kernel, kernel.dtype),
            ops.zeros_like(uniform),
        )

    return ops.matmul(features, kernel), gradient


def sampled(features, upstream, uniform):
    """Estimates `X^T dY`, in float32 where a product is scaled."""
    weights = term_norms(
        ops.transpose(ops.cast(features, "float32")),
        ops.cast(upstream, "float32"),
    )
    drawn, scale = draw_terms(weights, uniform)
    rows = ops.take(features, drawn, axis=0)
    slopes = ops.take(upstream, drawn, axis=0)
    slopes = ops.cast(slopes, "float32") * scale[:, None]
    return ops.matmul(ops.transpose(rows), ops.cast(slopes, rows.dtype))
