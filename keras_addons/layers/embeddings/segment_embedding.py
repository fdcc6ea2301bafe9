"""Learned segment (token type) embedding."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_addons")
class SegmentEmbedding(keras.layers.Layer):
    """Adds to every token a learned vector of its segment.

    `y[m] = x[m] + table[segment[m]]`. The vectors are looked up by a product
    with one-hot vectors, whose gradient is dense and fast for few segments.
    Costs `num_segments * size` weights.

    Args:
        num_segments: positive int.
        initializer: initializer of the table. Defaults to "uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size).
        segment_ids: integers (batch, length) in `[0, num_segments)`.

    The Keras mask of `features` passes through.

    Returns:
        Tensor of the shape and dtype of `features`.

    Raises:
        ValueError: `num_segments` is not positive.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import SegmentEmbedding
    >>> layer = SegmentEmbedding(2, initializer="ones")
    >>> features = np.zeros((1, 3, 4), "float32")
    >>> layer(features, np.array([[0, 0, 1]])).shape == (1, 3, 4)
    True

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """

    def __init__(self, num_segments, initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        if num_segments < 1:
            raise ValueError(
                f"`num_segments` must be positive. Received: {num_segments}"
            )
        self.num_segments = num_segments
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, features_shape, segment_ids_shape=None):
        self.table = self.add_weight(
            name="table",
            shape=(self.num_segments, features_shape[-1]),
            initializer=self.initializer,
        )

    def call(self, features, segment_ids):
        # Not `ops.one_hot`: on torch it reads the ids, which waits for the
        # device and which `predictor_of_steps` cannot record.
        segment_ids = ops.expand_dims(ops.cast(segment_ids, "int32"), -1)
        choices = ops.equal(segment_ids, ops.arange(self.num_segments))
        choices = ops.cast(choices, features.dtype)
        return features + ops.matmul(choices, self.table)

    def compute_output_shape(self, features_shape, segment_ids_shape=None):
        return features_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_segments": self.num_segments,
            "initializer": keras.initializers.serialize(self.initializer),
        }
