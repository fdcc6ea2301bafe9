"""Relative position vectors of NEZHA: a sinusoid for each distance."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.relative_positions import relative_distances
from keras_addons.ops.sinusoidal import sinusoidal_vectors


@keras.saving.register_keras_serializable(package="keras_addons")
class RelativePositionVectors(keras.layers.Layer):
    """Sinusoidal vectors of the distances of queries and keys (NEZHA).

    `a_ij = p(clip(j - i, -max_distance, max_distance) + max_distance)` with
    the `p` of `ops.sinusoidal_vectors`, to be passed to `MultiHeadAttention`
    as `relative_vectors`, which adds `a_ij` to the keys and the values. One
    layer serves all heads and blocks. The shift by `max_distance` is not in
    the paper, but in the code that the published weights were trained with.

    Has no weights; any sequence length is possible. Holds `length^2 * size`
    numbers: 33 MB in bfloat16 for 512 tokens and 64 features.

    Args:
        size: positive even int, the `head_dim` of the attention.
        max_distance: positive int; larger distances share one vector.
            Defaults to 64.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        query: tensor (batch, query length, ...), of which only the length is
            read.
        key: None or tensor (batch, key length, ...); None stands for `query`.
        first: int or scalar tensor, the position of the first query, for
            decoding with a `KeyValueCache`. Defaults to 0.

    Returns:
        Tensor (query length, key length, size), without a Keras mask.

    Raises:
        ValueError: `size` or `max_distance` is not positive, or `size` odd.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> features = np.ones((2, 10, 64), "float32")
    >>> vectors = layers.RelativePositionVectors(size=16)(features)
    >>> vectors.shape == (10, 10, 16)
    True
    >>> attention = layers.MultiHeadAttention(num_heads=4)
    >>> attention(features, relative_vectors=vectors).shape == (2, 10, 64)
    True

    Reference:
        [Wei et al., 2019](https://arxiv.org/abs/1909.00204),
        https://kexue.fm/archives/8130
    """

    def __init__(self, size, max_distance=64, **kwargs):
        super().__init__(**kwargs)
        self.size = check_integer("size", size, 1)
        if self.size % 2:
            raise ValueError(f"`size` must be even. Received: {size}")
        self.max_distance = check_integer("max_distance", max_distance, 1)
        self.supports_masking = True

    def call(self, query, key=None, first=0):
        key = query if key is None else key
        distances = relative_distances(
            ops.shape(query)[1], ops.shape(key)[1], first
        )
        most = self.max_distance
        table = sinusoidal_vectors(ops.arange(2 * most + 1), self.size)
        table = ops.cast(table, self.compute_dtype)
        return ops.take(table, ops.clip(distances, -most, most) + most, axis=0)

    def compute_mask(self, query, previous_mask=None):
        return None

    def compute_output_shape(self, query_shape, key_shape=None):
        return (query_shape[1], (key_shape or query_shape)[1], self.size)

    def compute_output_spec(self, query, key=None, first=0):
        key = query if key is None else key
        shape = self.compute_output_shape(query.shape, key.shape)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "size": self.size,
            "max_distance": self.max_distance,
        }
