"""Attention to vector-quantized keys, in linear time (Transformer-VQ)."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.attention.efficient_attention import EfficientAttention
from keras_addons.layers.attention.key_codebook import KeyCodebook
from keras_addons.ops.vector_quantized_attention import (
    vector_quantized_attention,
)


@keras.saving.register_keras_serializable(package="keras_addons")
class VectorQuantizedAttention(EfficientAttention):
    """Multi-head softmax attention to vector-quantized keys, in linear time.

    Each head is softmax attention to `c(k_j)`, the code nearest to each key,
    instead of `k_j`. It is computed exactly, but a token reads the keys of
    its block one by one and the others code by code, each with the number of
    its keys and the mean of their values. Time and memory grow linearly with
    the length: a head computes about `block_size + num_codes` scores a token,
    so it pays for texts of several times `num_codes`.

    Keys are trained through the codes of the near keys (straight-through) and
    by the commitment loss of `codebook`, values through the near tokens only;
    the gradient does not pass the means of far tokens.

    Args:
        attention: `MultiHeadAttention` without `rotary`, which holds the
            projections.
        codebook: layer such as `KeyCodebook`, called as `codebook(keys,
            is_key=mask)` with keys (batch, heads, length, head_dim), which
            returns the numbers of their codes (batch, heads, length) and has
            the attribute `codes` (heads, codes, head_dim). None for
            `KeyCodebook()`. Defaults to None.
        block_size: positive int. Defaults to 64.
        distance_bias: bool, whether each head learns a bias for each distance
            up to `block_size`, added to the scores; the blocks beside the own
            are then read key by key as well. Defaults to False.
        **kwargs: `name` and the like; the dtypes are those of `attention`.

    Call arguments:
        query: tensor (batch, length, size).
        attention_mask, use_causal_mask: as of `EfficientAttention`: padding
            is hidden, a mask of pairs of tokens is an error.

    A Keras mask of `query` hides padding and passes through. `fit` adds the
    commitment loss; the codes are saved and loaded.

    Returns:
        Tensor of the shape of `query`.

    Raises:
        ValueError: `attention` has a `rotary`, since a code of a rotated
            key would be right for one position only, or `block_size` is no
            positive integer.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> attention = layers.MultiHeadAttention(num_heads=4)
    >>> layer = layers.VectorQuantizedAttention(
    ...     attention, layers.KeyCodebook(32), block_size=16, distance_bias=True
    ... )
    >>> features = np.random.default_rng(0).normal(size=(2, 50, 64))
    >>> layer(features, use_causal_mask=True).shape == (2, 50, 64)
    True

    Reference:
        [Lingle, 2023](https://arxiv.org/abs/2309.16354),
        https://kexue.fm/archives/9844
    """

    def __init__(
        self,
        attention,
        codebook=None,
        block_size=64,
        distance_bias=False,
        **kwargs,
    ):
        super().__init__(attention, **kwargs)
        if attention.rotary is not None:
            raise ValueError(
                "`attention` must have `rotary=None`: a code of a rotated "
                "key would be right for one position only. Use "
                "`distance_bias=True`, or add positions to the input. "
                f"Received: {attention.rotary}"
            )
        if codebook is None:
            codebook = KeyCodebook(dtype=self.dtype_policy)
        self.codebook = codebook
        self.block_size = check_integer("block_size", block_size, 1)
        self.distance_bias = distance_bias

    def build(self, query_shape):
        super().build(query_shape)
        part = self.attention
        if not self.codebook.built:
            self.codebook.build((None, part.num_heads, None, part.size_of_head))
        self.bias = None
        if self.distance_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(part.num_heads, 2 * self.block_size + 1),
                initializer="zeros",
            )

    def read(self, queries, keys, values, reading):
        # Before the call, which may learn the next ones.
        codebook = keras.ops.copy(self.codebook.codes.value)
        codes = self.codebook(keys, is_key=reading.mask)
        return vector_quantized_attention(
            queries,
            keys,
            values,
            codebook,
            codes,
            mask=reading.mask,
            causal=reading.causal,
            bias=self.bias,
            dropout=reading.dropout,
            block_size=self.block_size,
        )

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "codebook": serialize(self.codebook),
            "block_size": self.block_size,
            "distance_bias": self.distance_bias,
        }
