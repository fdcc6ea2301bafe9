"""Base of how attention makes weights of scores."""

import keras
from keras import ops


class ScoreNormalization:
    """Base of what attention may use in the place of `softmax(s / sqrt(d))`.

    `MultiHeadAttention`, `GatedAttentionUnit` and the like take an instance
    as `normalization`. A subclass defines one or both of:

    - `scale_queries(queries, mask, key_length)` returns the queries times what
      the scores are to be multiplied by beside `1 / sqrt(head_dim)`. `mask` is
      None or a boolean tensor that broadcasts to (batch, heads, query length,
      key length). The kernels for the softmax go on being used.
    - `normalize(scores, mask)` returns the weights of the values, float32
      (batch, heads, query length, key length), for scores of that shape that
      are divided by `sqrt(head_dim)`. None, as in this class, is the softmax.

    A subclass with constructor arguments returns them from `get_config` and
    is registered with `keras.saving.register_keras_serializable`.

    Example:

    >>> import numpy as np
    >>> from keras import ops
    >>> from keras_addons import layers
    >>> @keras.saving.register_keras_serializable(package="example")
    ... class Sigmoid(layers.ScoreNormalization):
    ...     def normalize(self, scores, mask):
    ...         weights = ops.sigmoid(scores)
    ...         return weights if mask is None else ops.where(mask, weights, 0)
    >>> attention = layers.MultiHeadAttention(2, normalization=Sigmoid())
    >>> attention(np.ones((1, 3, 8), "float32")).shape == (1, 3, 8)
    True
    """

    normalize = None

    def scale_queries(self, queries, mask, key_length):
        return queries

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def raise_if_not_a_normalization(normalization):
    is_one = isinstance(normalization, ScoreNormalization)
    if normalization is not None and not is_one:
        raise ValueError(
            "`normalization` must be None or a `ScoreNormalization`, such as "
            f"`EntropyInvariantSoftmax()`. Received: {normalization!r}"
        )


def with_normalization(config):
    """Returns the config of a layer with its `normalization` as an object."""
    normalization = config.get("normalization")
    if not isinstance(normalization, dict):
        return config
    made = keras.saving.deserialize_keras_object(normalization)
    return {**config, "normalization": made}


def serialized(part):
    """Returns the entry of a part, or of None, in the config of a layer."""
    if part is None:
        return None
    return keras.saving.serialize_keras_object(part)


def scaled_queries(normalization, queries, mask, keys):
    """Returns the queries to attend with, and None or `normalize`.

    None, as a `normalization` or a function, stands for the softmax.
    """
    if normalization is None:
        return queries, None
    key_length = ops.shape(keys)[2]
    queries = normalization.scale_queries(queries, mask, key_length)
    return queries, normalization.normalize
