"""Attention to the tokens in a window around each token."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.attention.efficient_attention import EfficientAttention
from keras_addons.ops.local_attention import local_attention


@keras.saving.register_keras_serializable(package="keras_addons")
class LocalAttention(EfficientAttention):
    """Multi-head attention to the tokens at most `window` away.

    Each head is `softmax(Q K^T / sqrt(head_dim)) V` over the keys with `|i - j|
    <= window`, or `0 <= i - j <= window` with a causal mask. Equal to dense
    attention under that mask, but time and memory grow linearly with the
    length: a head computes about `3 * window` scores a token. After `m` layers
    a token has read those up to `m * window` away; `AtrousAttention` in every
    other layer connects all.

    Args:
        attention: `MultiHeadAttention`, which holds the weights.
        window: int, at least 0: how far a token sees on each side.
        **kwargs: `name` and the like; the dtypes are those of `attention`.

    Call arguments, masks and result are those of `EfficientAttention`: padding
    is hidden, a mask of pairs of tokens is an error.

    Raises:
        ValueError: `window` is no integer or too small, or `attention` is no
            `MultiHeadAttention`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> attention = layers.MultiHeadAttention(num_heads=4)
    >>> layer = layers.LocalAttention(attention, window=16)
    >>> features = np.random.default_rng(0).normal(size=(2, 50, 64))
    >>> layer(features, use_causal_mask=True).shape == (2, 50, 64)
    True

    Reference:
        https://kexue.fm/archives/6853,
        [Child et al., 2019](https://arxiv.org/abs/1904.10509)
    """

    def __init__(self, attention, window, **kwargs):
        super().__init__(attention, **kwargs)
        self.window = check_integer("window", window, 0)

    def read(self, queries, keys, values, reading):
        return local_attention(
            queries,
            keys,
            values,
            self.window,
            mask=reading.mask,
            causal=reading.causal,
            dropout=reading.dropout,
        )

    def get_config(self):
        return {**super().get_config(), "window": self.window}
