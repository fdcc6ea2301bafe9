"""Multi-head attention with masks and optional rotary positions."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.layers.attention.masks import both
from keras_addons.layers.attention.masks import raise_if_not_a_mask
from keras_addons.layers.attention.masks import visible_keys
from keras_addons.layers.attention.rotary_part import raise_if_not_rotary
from keras_addons.layers.attention.rotary_part import with_rotary
from keras_addons.layers.attention.score_normalization import (
    raise_if_not_a_normalization,
)
from keras_addons.layers.attention.score_normalization import scaled_queries
from keras_addons.layers.attention.score_normalization import serialized
from keras_addons.layers.attention.score_normalization import with_normalization
from keras_addons.layers.quantized_parts import dtype_config
from keras_addons.layers.quantized_parts import policy_of_part
from keras_addons.ops.attention import attention
from keras_addons.ops.attention import causal_mask
from keras_addons.ops.relative_attention import relative_attention
from keras_addons.ops.residual_attention import residual_attention


@keras.saving.register_keras_serializable(package="keras_addons")
class MultiHeadAttention(keras.layers.Layer):
    """Multi-head attention with optional rotary position embedding.

    Each head is `softmax(Q K^T / sqrt(head_dim)) V`, where `Q`, `K` and `V`
    are dense projections of the inputs; a last dense layer mixes the heads.
    With `rotary`, `Q` and `K` are rotated by their positions, so that the
    scores depend on the distance of two tokens. The softmax is computed
    in float32. Costs `4 * size * num_heads * head_dim` weights and
    `num_heads * length^2` scores per text; torch keeps no scores where there
    is neither dropout nor `normalization` nor a bias.

    With `num_key_value_heads` several heads share their keys and values:
    grouped-query attention, with 1 multi-query attention. The weights of `K`
    and `V`, and the `KeyValueCache`, are smaller by `num_heads /
    num_key_value_heads`; keys and values are not repeated for the heads.

    `keras.layers.MultiHeadAttention` and `GroupQueryAttention` have neither
    rotary positions, `normalization`, a cache nor `attention_bias`.

    Args:
        num_heads: positive int.
        head_dim: None or positive int; None divides the size of `query` by
            `num_heads`. Defaults to None.
        dropout: float in [0, 1), the dropout rate of the attention
            probabilities. Defaults to 0.0.
        rotary: None or a `RotaryEmbedding`, which rotates `Q` and `K`, with
            `rotate_values=True` also `V`; None for no rotation. Defaults to
            None.
        kernel_initializer: initializer of the four kernels. Defaults to
            "glorot_uniform".
        normalization: None for the softmax, or a `ScoreNormalization` such as
            `EntropyInvariantSoftmax()` or `SquaredReLU()`. Defaults to None.
        num_key_value_heads: None or positive int that divides `num_heads`;
            the heads of `K` and `V`, None for as many as `num_heads`.
            Defaults to None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        query: tensor (batch, query length, size).
        value: tensor (batch, key length, any size); None stands for `query`.
        key: tensor (batch, key length, any size); None stands for `value`.
        attention_mask: None or a boolean tensor: (batch, key length) for
            padding, (batch, query length, key length), or (batch, heads,
            query length, key length), where an axis may be 1. True means
            that the query attends to the key.
        use_causal_mask: bool, whether query `m` attends to the keys 0 to `m`
            only. There may be more or fewer keys than queries. Defaults to
            False.
        positions: None for 0, 1, 2, ... or integers (batch, length), the
            positions of queries and keys, which must then be equally many.
        cache: None or a `KeyValueCache`, which this call updates with its
            keys and values.
        attention_bias: None or a float tensor that broadcasts to (batch,
            heads, query length, key length) and is added to the scores, such
            as that of `RelativePositionBias`.
        relative_vectors: None or a float tensor (query length, key length,
            head_dim) that is added to keys and values, such as that of
            `RelativePositionVectors`.
        residual_scores: None or a float tensor (batch, heads, query length,
            key length) that is added to the scores: those that the attention
            of the block before has returned (RealFormer).
        return_scores: bool, whether to return the scores as well. Defaults to
            False.

    A Keras mask of `value` or `key` hides their padding, as does one of
    `query` if `value` is `query`; a key is attended to if all masks allow it.
    The Keras mask of `query` is passed on to the output. With a `cache` the
    queries attend to all of its slots, so pass `attention_mask` (batch, query
    length, max length), or `use_causal_mask`, for which the first query is at
    position `cache.index`.

    Returns:
        Tensor of the shape of `query`. With `return_scores` a pair of it and
        the scores before `attention_bias`, masks and softmax, with
        `residual_scores` in them: the `residual_scores` of the next block.

    Raises:
        ValueError: `num_heads` is not positive or does not divide the size,
            `num_key_value_heads` does not divide `num_heads`, `rotary` or
            `normalization` is none, or `attention_mask` has other axes.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import MultiHeadAttention, RotaryEmbedding
    >>> layer = MultiHeadAttention(num_heads=4, rotary=RotaryEmbedding())
    >>> features = np.random.default_rng(0).normal(size=(2, 10, 64))
    >>> layer(features, use_causal_mask=True).shape == (2, 10, 64)
    True

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762),
        [Su et al., 2021](https://arxiv.org/abs/2104.09864),
        [Ainslie et al., 2023](https://arxiv.org/abs/2305.13245),
        [He et al., 2020](https://arxiv.org/abs/2012.11747)
    """

    def __init__(
        self,
        num_heads,
        head_dim=None,
        dropout=0.0,
        rotary=None,
        kernel_initializer="glorot_uniform",
        normalization=None,
        num_key_value_heads=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if num_heads < 1:
            raise ValueError(
                f"`num_heads` must be positive. Received: {num_heads}"
            )
        raise_if_not_rotary(rotary)
        raise_if_not_a_normalization(normalization)
        if num_key_value_heads is not None:
            raise_if_no_group(num_heads, num_key_value_heads)
        self.num_heads = num_heads
        self.head_dim = head_dim
        self.dropout = dropout
        self.rotary = rotary
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.normalization = normalization
        self.num_key_value_heads = num_key_value_heads
        self.supports_masking = True

    def build(self, query_shape, value_shape=None, key_shape=None):
        value_shape = value_shape or query_shape
        key_shape = key_shape or value_shape
        size = query_shape[-1]
        if self.head_dim is None and size % self.num_heads:
            raise ValueError(
                f"`num_heads`={self.num_heads} must divide the size of "
                f"`query`. Received: {size}"
            )
        self.size_of_head = self.head_dim or size // self.num_heads
        width = self.num_heads * self.size_of_head
        self.query = self._dense("query", width, query_shape)
        shared = (self.num_key_value_heads or self.num_heads) * (
            self.size_of_head
        )
        self.key = self._dense("key", shared, key_shape)
        self.value = self._dense("value", shared, value_shape)
        self.output_dense = self._dense(
            "output", size, (*query_shape[:-1], width)
        )
        self.probability_dropout = keras.layers.Dropout(
            self.dropout, dtype=self.dtype_policy
        )
        if self.rotary is not None:
            self.rotary.build((None, None, self.num_heads, self.size_of_head))

    def _dense(self, name, units, input_shape):
        layer = keras.layers.Dense(
            units,
            kernel_initializer=self.kernel_initializer.clone(),
            dtype=policy_of_part(self.dtype_policy, f"{self.path}/{name}"),
            name=name,
        )
        layer.build(input_shape)
        return layer

    def call(
        self,
        query,
        value=None,
        key=None,
        attention_mask=None,
        use_causal_mask=False,
        mask=None,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        positions=None,
        cache=None,
        training=None,
        attention_bias=None,
        relative_vectors=None,
        residual_scores=None,
        return_scores=False,
    ):
        # Keras passes `mask` for one input tensor, `query_mask` for several.
        raise_if_not_a_mask(attention_mask)
        if value is None:
            value = query
            value_mask = query_mask if mask is None else mask
        if key is None:
            key, key_mask = value, value_mask
        if cache is not None:
            value_mask = key_mask = None  # as long as the query, not the cache
        visible = visible_keys(attention_mask, key_mask, value_mask)
        lengths = lengths_of(query, key)
        if use_causal_mask:
            past = causal_past(*lengths, cache)
            visible = both(visible, past[:, None])
        queries, keys, values = self._heads(
            query, key, value, positions, *lengths
        )
        if cache is not None:
            cache.write(keys, values)
            keys, values = cache.keys, cache.values
        queries, normalize = scaled_queries(
            self.normalization, queries, visible, keys
        )
        # Without dropout the attention may be one operation of the backend.
        drops = training and self.probability_dropout.rate > 0
        options = {
            "mask": visible,
            "dropout": self.probability_dropout if drops else None,
            "bias": attention_bias,
            "normalize": normalize,
        }
        qkv = queries, keys, values
        if residual_scores is not None or return_scores:
            raise_if_relative(relative_vectors)
            heads, scores = residual_attention(*qkv, residual_scores, **options)
            merged = self.merged(heads, lengths[0])
            return (merged, scores) if return_scores else merged
        if relative_vectors is None:
            heads = attention(*qkv, **options)
        else:
            heads = relative_attention(*qkv, relative_vectors, **options)
        return self.merged(heads, lengths[0])

    def _heads(self, query, key, value, positions, length, key_length):
        """Queries, keys and values, rotated: (batch, heads, length, dim)."""
        queries = self.split(self.query, query, length)
        keys = self.split(self.key, key, key_length)
        values = self.split(self.value, value, key_length)
        if self.rotary is not None:
            # Without weights: calling the function is faster than the layer.
            turn = self.rotary.rotation(queries, positions)
            queries = turn(queries)
            if key is not query:
                turn = self.rotary.rotation(keys, positions)
            keys = turn(keys)
            if self.rotary.rotate_values:
                values = turn(values)
        return [
            ops.transpose(heads, (0, 2, 1, 3))
            for heads in (queries, keys, values)
        ]

    def split(self, dense, features, length):
        """Projects to (batch, length, heads, head_dim)."""
        # Rows of one matrix, as in `FeedForward`.
        rows = dense(backend.reshape(features, (-1, features.shape[-1])))
        heads = dense.units // self.size_of_head
        return backend.reshape(rows, (-1, length, heads, self.size_of_head))

    def merged(self, heads, length):
        """Mixes the heads into (batch, length, size)."""
        heads = ops.transpose(heads, (0, 2, 1, 3))
        width = self.num_heads * self.size_of_head
        rows = self.output_dense(backend.reshape(heads, (-1, width)))
        return backend.reshape(rows, (-1, length, rows.shape[-1]))

    def compute_output_shape(
        self, query_shape, value_shape=None, key_shape=None
    ):
        return query_shape

    def compute_output_spec(
        self, query, value=None, key=None, return_scores=False, **options
    ):
        output = keras.KerasTensor(query.shape, dtype=self.compute_dtype)
        if not return_scores:
            return output
        keys = query if value is None else value
        shape = (query.shape[0], self.num_heads, query.shape[1], keys.shape[1])
        return output, keras.KerasTensor(shape, dtype=self.compute_dtype)

    def cache_shapes(self, num_texts, max_length):
        """Returns the shapes of the keys and values of a `KeyValueCache`."""
        heads = self.num_key_value_heads or self.num_heads
        shape = (num_texts, heads, max_length, self.size_of_head)
        return shape, shape

    def parts(self):
        """Returns the dense layers, or nothing before `build`."""
        if not self.built:
            return ()
        return self.query, self.key, self.value, self.output_dense

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            **dtype_config(self, self.parts()),
            "num_heads": self.num_heads,
            "head_dim": self.head_dim,
            "dropout": self.dropout,
            "rotary": serialized(self.rotary),
            "kernel_initializer": serialize(self.kernel_initializer),
            "normalization": serialized(self.normalization),
            "num_key_value_heads": self.num_key_value_heads,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**with_normalization(with_rotary(config)))


def raise_if_no_group(num_heads, num_key_value_heads):
    check_integer("num_key_value_heads", num_key_value_heads, 1)
    if num_heads % num_key_value_heads:
        raise ValueError(
            "`num_key_value_heads` must divide `num_heads`="
            f"{num_heads}. Received: {num_key_value_heads}"
        )


def raise_if_relative(relative_vectors):
    if relative_vectors is not None:
        raise ValueError(
            "`relative_vectors` has no scores to return or to add to: pass an "
            "`attention_bias`, or neither `residual_scores` nor "
            "`return_scores`."
        )


def lengths_of(query, key):
    # Computed once, since each `ops.shape` adds a dozen nodes on TensorFlow.
    length = ops.shape(query)[1]
    return length, length if key is query else ops.shape(key)[1]


def causal_past(query_length, key_length, cache):
    """Returns the causal mask (1, query length, key length)."""
    if cache is None:
        return causal_mask(query_length, key_length)
    return causal_mask(query_length, cache.keys.shape[2], cache.index)
