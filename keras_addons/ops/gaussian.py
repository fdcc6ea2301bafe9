"""Samples of a normal variable that gradients pass through."""

import keras
from keras import ops


def sample_gaussian(mean, log_variance, seed=None):
    """`mean + exp(log_variance / 2) * noise`, noise of the standard normal.

    A sample of `N(mean, variance)` that is differentiable in both. In float32
    whatever the dtype.

    Args:
        mean: float tensor.
        log_variance: float tensor of the same shape.
        seed: int, `keras.random.SeedGenerator` or None, Keras' global one.

    Returns:
        Tensor like `mean`.

    Example:

    >>> mean = ops.array([[3.0, -3.0]])
    >>> sample = sample_gaussian(mean, ops.full((1, 2), -40.0), seed=1)
    >>> ops.convert_to_numpy(sample).round(4)  # the deviation is 2e-9
    array([[ 3., -3.]], dtype=float32)

    Reference:
        [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114),
        https://kexue.fm/archives/6705
    """
    mean = ops.convert_to_tensor(mean)
    noise = keras.random.normal(ops.shape(mean), dtype="float32", seed=seed)
    deviation = ops.exp(0.5 * ops.cast(log_variance, "float32"))
    sample = ops.cast(mean, "float32") + deviation * noise
    return ops.cast(sample, mean.dtype)
