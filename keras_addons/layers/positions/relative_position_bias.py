"""Relative position bias of T5: a learned number for each distance."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.relative_positions import bucket_table
from keras_addons.ops.relative_positions import distance_buckets
from keras_addons.ops.relative_positions import relative_distances


@keras.saving.register_keras_serializable(package="keras_addons")
class RelativePositionBias(keras.layers.Layer):
    """Learns for each head what to add to the scores at each distance (T5).

    `bias[h, i, j] = table[bucket(j - i), h]`, to be passed to
    `MultiHeadAttention` as `attention_bias`; one layer serves all blocks, as
    in T5. Small distances have a bucket each, larger ones share buckets that
    grow with the logarithm, so a text may be longer than those of training.
    See `ops.distance_buckets`. Costs `num_buckets * num_heads` weights and
    holds `num_heads * length^2` numbers.

    Args:
        num_heads: positive int.
        num_buckets: positive int, of both sides together. Defaults to 32.
        max_distance: positive int; larger distances share the last bucket.
            Defaults to 128.
        bidirectional: bool, whether there are buckets for later keys; False
            for causal attention. Defaults to True.
        initializer: initializer of the table. Defaults to "zeros".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        query: tensor (batch, query length, ...), of which only the length is
            read.
        key: None or tensor (batch, key length, ...); None stands for `query`.
        first: int or scalar tensor, the position of the first query, for
            decoding with a `KeyValueCache`. Defaults to 0.

    Returns:
        Tensor (1, num_heads, query length, key length), without a Keras mask.

    Raises:
        ValueError: `num_heads` is not positive, or `num_buckets` or
            `max_distance` is too small.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> features = np.ones((2, 10, 64), "float32")
    >>> bias = layers.RelativePositionBias(num_heads=4)(features)
    >>> bias.shape == (1, 4, 10, 10)
    True
    >>> attention = layers.MultiHeadAttention(num_heads=4)
    >>> attention(features, attention_bias=bias).shape == (2, 10, 64)
    True

    Reference:
        [Raffel et al., 2019](https://arxiv.org/abs/1910.10683),
        https://kexue.fm/archives/8130
    """

    def __init__(
        self,
        num_heads,
        num_buckets=32,
        max_distance=128,
        bidirectional=True,
        initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = check_integer("num_heads", num_heads, 1)
        bucket_table(num_buckets, max_distance, bidirectional)  # may raise
        self.num_buckets = num_buckets
        self.max_distance = max_distance
        self.bidirectional = bidirectional
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, query_shape, key_shape=None):
        self.table = self.add_weight(
            name="table",
            shape=(self.num_buckets, self.num_heads),
            initializer=self.initializer,
        )

    def call(self, query, key=None, first=0):
        key = query if key is None else key
        distances = relative_distances(
            ops.shape(query)[1], ops.shape(key)[1], first
        )
        buckets = distance_buckets(
            distances, self.num_buckets, self.max_distance, self.bidirectional
        )
        bias = ops.take(self.table, buckets, axis=0)
        return ops.transpose(bias, (2, 0, 1))[None]

    def compute_mask(self, query, previous_mask=None):
        return None

    def compute_output_shape(self, query_shape, key_shape=None):
        key_shape = key_shape or query_shape
        return (1, self.num_heads, query_shape[1], key_shape[1])

    def compute_output_spec(self, query, key=None, first=0):
        key = query if key is None else key
        shape = self.compute_output_shape(query.shape, key.shape)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "num_buckets": self.num_buckets,
            "max_distance": self.max_distance,
            "bidirectional": self.bidirectional,
            "initializer": keras.initializers.serialize(self.initializer),
        }
