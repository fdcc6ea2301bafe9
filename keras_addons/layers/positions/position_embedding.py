"""Learned absolute position embedding."""

import keras
from keras import ops

from keras_addons.ops.hierarchical_positions import hierarchical_vectors


@keras.saving.register_keras_serializable(package="keras_addons")
class PositionEmbedding(keras.layers.Layer):
    """Adds to every token a learned vector of its position.

    `y[m] = x[m] + table[m]`. Costs `max_length * size` weights.

    With `hierarchy` sequences may have up to `max_length^2` tokens: positions
    beyond the table are made of two rows of the table, so a model that was
    trained on short texts goes on with longer ones, and stays the same on
    short ones. See `ops.hierarchical_vectors`.

    Args:
        max_length: positive int, the number of rows of the table, and without
            `hierarchy` the largest sequence length.
        initializer: initializer of the table. Defaults to "uniform".
        hierarchy: None or float in (0, 1) other than 0.5, such as 0.4; the
            weight of the row that is chosen by `m // max_length`. Defaults to
            None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size), `length <= max_length`.
        positions: None for 0, 1, 2, ... or integers (length,) or (batch,
            length) in `[0, max_length)`, with `hierarchy` in `[0,
            max_length^2)`.

    A Keras mask passes through.

    Returns:
        Tensor of the shape and dtype of `features`.

    Raises:
        ValueError: `max_length` is not positive, `hierarchy` is not in (0,
            1) or is 0.5, or `features` is too long.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import PositionEmbedding
    >>> layer = PositionEmbedding(max_length=512)
    >>> layer(np.zeros((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Gehring et al., 2017](https://arxiv.org/abs/1705.03122),
        https://kexue.fm/archives/7947
    """

    def __init__(
        self, max_length, initializer="uniform", hierarchy=None, **kwargs
    ):
        super().__init__(**kwargs)
        if max_length < 1:
            raise ValueError(
                f"`max_length` must be positive. Received: {max_length}"
            )
        self.max_length = max_length
        if hierarchy is not None and (
            not 0 < hierarchy < 1 or hierarchy == 0.5
        ):
            raise ValueError(
                "`hierarchy` must be None or in (0, 1) and not 0.5. "
                f"Received: {hierarchy}"
            )
        self.hierarchy = hierarchy
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, features_shape):
        self.table = self.add_weight(
            name="table",
            shape=(self.max_length, features_shape[-1]),
            initializer=self.initializer,
        )

    def call(self, features, positions=None):
        if positions is None:
            self._raise_if_too_long(features.shape[1])
            length = ops.shape(features)[1]
            if self.hierarchy is None:
                return features + self.table[:length]
            positions = ops.arange(length, dtype="int32")
        if self.hierarchy is None:
            return features + ops.take(self.table, positions, axis=0)
        table = ops.cast(self.table, features.dtype)
        return features + hierarchical_vectors(
            table, ops.cast(positions, "int32"), self.hierarchy
        )

    def _raise_if_too_long(self, length):
        power = 1 if self.hierarchy is None else 2
        if length is not None and length > self.max_length**power:
            squared = "" if self.hierarchy is None else " squared"
            raise ValueError(
                f"A text of {length} tokens is longer than "
                f"`max_length`={self.max_length}{squared}."
            )

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {
            **super().get_config(),
            "max_length": self.max_length,
            "initializer": keras.initializers.serialize(self.initializer),
            "hierarchy": self.hierarchy,
        }
