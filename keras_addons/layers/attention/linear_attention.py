"""Attention by products of features, in linear time."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.attention.efficient_attention import EfficientAttention
from keras_addons.layers.attention.elu_features import EluFeatures
from keras_addons.ops.linear_attention import linear_attention


@keras.saving.register_keras_serializable(package="keras_addons")
class LinearAttention(EfficientAttention):
    """Multi-head attention with the scores `f(q) . g(k)`, in linear time.

    Each head is `sum_j (f_i . g_j) v_j / sum_j (f_i . g_j)` over all keys,
    with a causal mask over `j <= i`. Time and memory grow linearly with the
    length. `feature_map` makes the features `f` and `g`:

    - `EluFeatures`: `elu(x) + 1`, linear transformers.
    - `RandomFeatures`: approximates softmax attention, Performer.
    - `SoftCodes`: `g` is the probability of each code of a codebook given the
      key, soft vector quantization.

    If `attention` has a `rotary`, the features are rotated in the
    numerator only: in the denominator a score must not be negative.

    Args:
        attention: `MultiHeadAttention`, which holds the projections.
        feature_map: layer called as `feature_map(queries, keys)` with tensors
            (batch, heads, length, head_dim), which returns two tensors
            (batch, heads, length, features), not negative. None for
            `EluFeatures()`. Defaults to None.
        block_size: positive int, with a causal mask the number of tokens that
            are compared with each other directly. Defaults to 64.
        **kwargs: `name` and the like; the dtypes are those of `attention`.

    Call arguments, masks and result are those of `EfficientAttention`: padding
    is hidden, a mask of pairs of tokens is an error.

    Raises:
        ValueError: `attention` has `dropout`, though there are no
            probabilities to be dropped, or with a `rotary` the number of
            features is odd.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> attention = layers.MultiHeadAttention(num_heads=4)
    >>> layer = layers.LinearAttention(attention, layers.RandomFeatures(64))
    >>> features = np.random.default_rng(0).normal(size=(2, 50, 64))
    >>> layer(features, use_causal_mask=True).shape == (2, 50, 64)
    True

    Reference:
        [Katharopoulos et al., 2020](https://arxiv.org/abs/2006.16236),
        https://kexue.fm/archives/7546, https://kexue.fm/archives/8265
    """

    rotates_itself = True

    def __init__(self, attention, feature_map=None, block_size=64, **kwargs):
        super().__init__(attention, **kwargs)
        if attention.dropout:
            raise ValueError(
                "`attention` must have `dropout=0`: linear attention computes "
                "no probabilities that could be dropped. "
                f"Received: {attention.dropout}"
            )
        if feature_map is None:
            feature_map = EluFeatures(dtype=self.dtype_policy)
        self.feature_map = feature_map
        self.block_size = check_integer("block_size", block_size, 1)

    def build(self, query_shape):
        super().build(query_shape)
        if not self.feature_map.built:
            heads = self.attention.num_heads, None, self.attention.size_of_head
            self.feature_map.build((None, *heads), (None, *heads))

    def read(self, queries, keys, values, reading):
        queries, keys = self.feature_map(queries, keys)
        rotated = None
        if self.attention.rotary is not None:
            raise_if_odd(queries.shape[-1])
            turn = self.rotation(queries, reading.positions)
            rotated = turn(queries), turn(keys)
            if self.attention.rotary.rotate_values:
                values = self.rotation(values, reading.positions)(values)
        return linear_attention(
            queries,
            keys,
            values,
            mask=reading.mask,
            causal=reading.causal,
            rotated=rotated,
            block_size=self.block_size,
        )

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "feature_map": serialize(self.feature_map),
            "block_size": self.block_size,
        }


def raise_if_odd(num_features):
    if num_features % 2:
        raise ValueError(
            "`feature_map` must make an even number of features, since "
            f"`rotary` rotates pairs of them. Received: {num_features}"
        )
