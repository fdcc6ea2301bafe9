"""Sampling of a normal distribution with gradients (VAE)."""

import keras
from keras import ops

from keras_addons.ops.gaussian import sample_gaussian


@keras.saving.register_keras_serializable(package="keras_addons")
class GaussianReparameterization(keras.layers.Layer):
    """Samples `N(mean, variance)` with gradients for both parameters.

    In training `mean + exp(log_variance / 2) * noise` with standard normal
    noise; in inference `mean`. To sample in inference too, as a generator
    does, pass `training=True`.

    Args:
        seed: None or int. As of `keras.layers.Dropout` the state of the draws
            is not saved: training that is loaded starts with the first draw
            again. Defaults to None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        mean: float tensor.
        log_variance: float tensor of the same shape.
        training: bool, whether to sample. Defaults to False.

    Returns:
        Tensor of the shape of `mean`. A Keras mask passes through.

    Raises:
        ValueError: the shapes differ.

    Example:

    >>> import numpy as np
    >>> layer = GaussianReparameterization(seed=1)
    >>> mean, log_variance = np.ones((2, 3)), np.zeros((2, 3))
    >>> layer(mean, log_variance, training=True).shape == (2, 3)
    True
    >>> print(float(ops.sum(layer(mean, log_variance))))
    6.0

    Reference:
        [Kingma and Welling, 2013](https://arxiv.org/abs/1312.6114),
        https://kexue.fm/archives/6705
    """

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, mean_shape, log_variance_shape):
        if tuple(mean_shape) != tuple(log_variance_shape):
            raise ValueError(
                "`mean` and `log_variance` must have one shape. Received: "
                f"{tuple(mean_shape)} and {tuple(log_variance_shape)}"
            )

    def call(self, mean, log_variance, training=False):
        if training:
            return sample_gaussian(mean, log_variance, self.seed_generator)
        return ops.convert_to_tensor(mean)

    def compute_output_shape(self, mean_shape, log_variance_shape):
        return mean_shape

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
