"""Sinusoidal absolute position embedding."""

import keras
from keras import ops

from keras_addons.ops.sinusoidal import sinusoidal_vectors


@keras.saving.register_keras_serializable(package="keras_addons")
class SinusoidalPositionEmbedding(keras.layers.Layer):
    """Adds to every token the sines and cosines of its position.

    `y[m] = x[m] + p[m]` with `p[m, 2i] = sin(m / base ** (2 i / size))` and
    `p[m, 2i + 1] = cos(...)`. Has no weights and no largest sequence length.
    The vectors are computed in float32.

    Args:
        base: positive float; a larger one suits longer sequences. Defaults to
            10000.0, that of the paper.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size) with an even `size`.
        positions: None for 0, 1, 2, ... or numbers (length,) or (batch,
            length).

    A Keras mask passes through.

    Returns:
        Tensor of the shape and dtype of `features`.

    Raises:
        ValueError: `base` is not positive, or `size` is odd.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import SinusoidalPositionEmbedding
    >>> vectors = SinusoidalPositionEmbedding()(np.zeros((1, 2, 2), "float32"))
    >>> keras.ops.convert_to_numpy(vectors[0, 1]).round(4)  # sin(1), cos(1)
    array([0.8415, 0.5403], dtype=float32)

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762),
        https://kexue.fm/archives/8231
    """

    def __init__(self, base=10000.0, **kwargs):
        super().__init__(**kwargs)
        if not base > 0:
            raise ValueError(f"`base` must be positive. Received: {base}")
        self.base = base
        self.supports_masking = True

    def build(self, features_shape):
        if features_shape[-1] is None or features_shape[-1] % 2:
            raise ValueError(
                "The last axis of `features` must be even. "
                f"Received shape: {tuple(features_shape)}"
            )

    def call(self, features, positions=None):
        if positions is None:
            positions = ops.arange(ops.shape(features)[1], dtype="float32")
        vectors = sinusoidal_vectors(positions, features.shape[-1], self.base)
        return features + ops.cast(vectors, features.dtype)

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {**super().get_config(), "base": self.base}
