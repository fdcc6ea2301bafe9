"""Learned absolute position embedding."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_addons")
class PositionEmbedding(keras.layers.Layer):
    """Adds to every token a learned vector of its position.

    `y[m] = x[m] + table[m]`. Costs `max_length * size` weights.

    Args:
        max_length: positive int, the largest sequence length.
        initializer: initializer of the table. Defaults to "uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size), `length <= max_length`.
        positions: None for 0, 1, 2, ... or integers (length,) or (batch,
            length) in `[0, max_length)`.

    A Keras mask passes through.

    Returns:
        Tensor of the shape and dtype of `features`.

    Raises:
        ValueError: `max_length` is not positive, or `features` is longer.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import PositionEmbedding
    >>> layer = PositionEmbedding(max_length=512)
    >>> layer(np.zeros((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Gehring et al., 2017](https://arxiv.org/abs/1705.03122)
    """

    def __init__(self, max_length, initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        if max_length < 1:
            raise ValueError(
                f"`max_length` must be positive. Received: {max_length}"
            )
        self.max_length = max_length
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, features_shape):
        self.table = self.add_weight(
            name="table",
            shape=(self.max_length, features_shape[-1]),
            initializer=self.initializer,
        )

    def call(self, features, positions=None):
        if positions is not None:
            return features + ops.take(self.table, positions, axis=0)
        length = features.shape[1]
        if length is not None and length > self.max_length:
            raise ValueError(
                f"A text of {length} tokens is longer than "
                f"`max_length`={self.max_length}."
            )
        return features + self.table[: ops.shape(features)[1]]

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {
            **super().get_config(),
            "max_length": self.max_length,
            "initializer": keras.initializers.serialize(self.initializer),
        }
