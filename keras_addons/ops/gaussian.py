"""Reparameterized samples of a normal distribution."""

import keras
from keras import ops


def sample_gaussian(mean, log_variance, seed=None):
    """Draws a reparameterized sample of a normal distribution.

    `mean + exp(log_variance / 2) * noise` with standard normal noise: a
    sample of `N(mean, variance)` that is differentiable in the mean and the
    log variance. Computed in float32.

    Args:
        mean: float tensor.
        log_variance: float tensor of the same shape.
        seed: int, `keras.random.SeedGenerator`, or None for Keras' global
            generator. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `mean`.

    Example:

    >>> mean = ops.array([[3.0, -3.0]])
    >>> sample = sample_gaussian(mean, ops.full((1, 2), -40.0), seed=1)
    >>> ops.convert_to_numpy(sample).round(4)  # standard deviation 2e-9
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
