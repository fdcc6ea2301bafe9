"""A fixed random projection to fewer features."""

import keras
from keras import ops

from keras_addons.arguments import check_integer


@keras.saving.register_keras_serializable(package="keras_addons")
class RandomProjection(keras.layers.Layer):
    """Projects features by a random matrix that is never trained.

    `y = x A` with `A[i, j] ~ N(0, 1 / units)`, drawn once and saved with the
    model. Distances and inner products are kept on average, and within a
    given factor if `units` is large enough: see `ops.projection_size`. Makes
    sentence vectors or features shorter without data, where `Whitening`
    needs some. Costs `dim * units` weights; computed in the compute dtype.

    Args:
        units: positive int, the size of the output.
        seed: None or int. Defaults to None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        inputs: tensor (..., dim). A Keras mask passes through.

    Returns:
        Tensor (..., units).

    Raises:
        ValueError: `units` is not a positive integer.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import RandomProjection
    >>> from keras_addons.ops import projection_size
    >>> units = projection_size(1000, distortion=0.5)
    >>> layer = RandomProjection(units, seed=0)
    >>> layer(np.zeros((2, 4096), "float32")).shape == (2, 664)
    True

    Reference:
        [Johnson and Lindenstrauss, 1984](
        https://doi.org/10.1090/conm/026/737400),
        https://kexue.fm/archives/8679, https://kexue.fm/archives/8706
    """

    def __init__(self, units, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.units = check_integer("units", units, 1)
        self.seed = seed
        self.supports_masking = True

    def build(self, inputs_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(inputs_shape[-1], self.units),
            initializer=keras.initializers.RandomNormal(
                stddev=self.units**-0.5, seed=self.seed
            ),
            trainable=False,
        )

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel)

    def compute_output_shape(self, inputs_shape):
        return (*inputs_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "seed": self.seed,
        }
