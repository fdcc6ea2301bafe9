"""Attention to every k-th token."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.attention.efficient_attention import EfficientAttention
from keras_addons.ops.atrous_attention import atrous_attention


@keras.saving.register_keras_serializable(package="keras_addons")
class AtrousAttention(EfficientAttention):
    """Multi-head attention to the tokens at distances 0, `rate`, `2 rate`, ...

    `LocalAttention` to other keys: those with `|i - j|` a multiple of `rate`,
    and `j <= i` with a causal mask. A head computes `length^2 / rate` scores,
    `1 / rate` of those of dense attention. Alternate it with a
    `LocalAttention` whose `window` is at least `rate - 1`: two layers then
    connect all tokens.

    Args:
        attention, **kwargs: as of `LocalAttention`.
        rate: positive int; 1 is dense attention.

    Call arguments, masks and result are those of `EfficientAttention`: padding
    is hidden, a mask of pairs of tokens is an error.

    Raises:
        ValueError: `rate` is no integer or too small, or `attention` is no
            `MultiHeadAttention`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> attention = layers.MultiHeadAttention(num_heads=4)
    >>> layer = layers.AtrousAttention(attention, rate=4)
    >>> features = np.random.default_rng(0).normal(size=(2, 50, 64))
    >>> layer(features, use_causal_mask=True).shape == (2, 50, 64)
    True

    Reference:
        https://kexue.fm/archives/6853,
        [Child et al., 2019](https://arxiv.org/abs/1904.10509)
    """

    def __init__(self, attention, rate, **kwargs):
        super().__init__(attention, **kwargs)
        self.rate = check_integer("rate", rate, 1)

    def read(self, queries, keys, values, reading):
        return atrous_attention(
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
