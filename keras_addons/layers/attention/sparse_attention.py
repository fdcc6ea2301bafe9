"""Attention to the near tokens and to every k-th of the others."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.attention.efficient_attention import EfficientAttention
from keras_addons.ops.sparse_attention import sparse_attention


@keras.saving.register_keras_serializable(package="keras_addons")
class SparseAttention(EfficientAttention):
    """Multi-head attention to near tokens and to every `rate`-th of the others.

    `LocalAttention` and `AtrousAttention` in one layer: the keys with `|i - j|
    <= rate` or `|i - j|` a multiple of `rate`, and `j <= i` with a causal
    mask, all in one softmax. A head computes about `length * (3 rate +
    length / rate)` scores. Any two tokens are connected by two layers.

    Args:
        attention, **kwargs: as of `LocalAttention`.
        rate: int, at least 2.

    Call arguments, masks and result are those of `EfficientAttention`: padding
    is hidden, a mask of pairs of tokens is an error.

    Raises:
        ValueError: `rate` is no integer or too small, or `attention` is no
            `MultiHeadAttention`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> attention = layers.MultiHeadAttention(num_heads=4)
    >>> layer = layers.SparseAttention(attention, rate=4)
    >>> features = np.random.default_rng(0).normal(size=(2, 50, 64))
    >>> layer(features, use_causal_mask=True).shape == (2, 50, 64)
    True

    Reference:
        https://kexue.fm/archives/6853,
        [Child et al., 2019](https://arxiv.org/abs/1904.10509)
    """

    def __init__(self, attention, rate, **kwargs):
        super().__init__(attention, **kwargs)
        self.rate = check_integer("rate", rate, 2)

    def read(self, queries, keys, values, reading):
        return sparse_attention(
            queries,
            keys,
            values,
            self.rate,
            mask=reading.mask,
            causal=reading.causal,
            dropout=reading.dropout,
        )

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}
