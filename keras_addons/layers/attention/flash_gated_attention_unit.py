"""FLASH: a gated attention unit in linear time."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.layers.attention.gated_unit import GatedUnit
from keras_addons.layers.attention.masks import both
from keras_addons.layers.attention.score_normalization import scaled_queries
from keras_addons.ops.attention import attention
from keras_addons.ops.chunked_attention import chunked_attention
from keras_addons.ops.chunked_attention import in_chunks


@keras.saving.register_keras_serializable(package="keras_addons")
class FlashGatedAttentionUnit(GatedUnit):
    """FLASH: a gated attention unit for long texts, in linear time.

    The text is cut into chunks. A token reads the tokens of its own chunk as
    in `GatedAttentionUnit`, and all chunks by linear attention: chunk `g` is
    `(U_g * (A_g V_g + Q'_g sum_h K'_h^T V_h / n)) W_o`, where `A_g = relu(Q_g
    K_g^T / sqrt(key_dim))^2 / c`, `c` is the number of keys in the chunk that
    a query attends to, `n` the number of tokens in the sum, and `Q`, `K`, `Q'`
    and `K'` are four `gamma * Z + beta` of the same `Z = swish(x W_z)`. With a
    causal mask the sum is over earlier chunks. Padding counts nowhere. Holds
    `length * chunk_size` weights of values for each text, with a causal mask
    also `length / chunk_size` sums of `key_dim * intermediate_dim`. Not to be
    confused with FlashAttention, a kernel for the softmax.

    A causal text of one chunk is that of a `GatedAttentionUnit`. Texts cannot
    be generated with a `KeyValueCache`, as they can by that.

    Args:
        intermediate_dim: positive int, the number of features of `U` and `V`,
            in the paper twice the size of the input.
        chunk_size: positive int; a length that it does not divide is padded.
            Defaults to 256.
        **kwargs: `key_dim`, `normalization`, `rotary`, `dropout`, `use_bias`
            and `kernel_initializer` as of `GatedAttentionUnit`, `A_g` for
            its `A`; `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding
            and passes through.
        attention_mask: None or a boolean tensor (batch, length), False for
            padding. Linear attention has no mask of pairs of tokens.
        use_causal_mask: bool, whether a token attends to none after it.
            Defaults to False.
        positions: None for 0, 1, 2, ... or integers (batch, length), for
            `rotary`.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: an argument is out of its range, or `attention_mask` has
            other axes, or the call has a `cache`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> unit = layers.FlashGatedAttentionUnit(128, chunk_size=4, key_dim=16)
    >>> features = np.ones((2, 10, 64), "float32")
    >>> unit(features, use_causal_mask=True).shape == (2, 10, 64)
    True

    Reference:
        [Hua et al., 2022](https://arxiv.org/abs/2202.10447),
        https://kexue.fm/archives/8934
    """

    num_transforms = 4

    def __init__(self, intermediate_dim, chunk_size=256, **kwargs):
        super().__init__(intermediate_dim, **kwargs)
        self.chunk_size = check_integer("chunk_size", chunk_size, 1)

    def read(self, transforms, values, masks, causal, dropout, cache):
        if cache is not None:
            raise ValueError(
                "FlashGatedAttentionUnit reads no `cache`: generate without "
                "one, or use a `GatedAttentionUnit`."
            )
        raise_if_not_padding(masks[0])
        length = ops.shape(values)[1]
        is_token = None
        for mask in masks:
            if mask is not None:
                is_token = both(is_token, ops.cast(mask, "bool"))
        if is_token is None:
            is_token = ops.ones(ops.shape(values)[:2], "bool")
        query, key, linear_query, linear_key = (
            in_chunks(each, self.chunk_size) for each in transforms
        )

        def attend(queries, keys, values, visible):
            queries, normalize = scaled_queries(
                self.normalization, queries, visible, keys
            )
            return attention(
                queries, keys, values, visible, dropout, normalize=normalize
            )

        read = chunked_attention(
            (query, linear_query),
            (key, linear_key),
            in_chunks(values, self.chunk_size),
            in_chunks(is_token, self.chunk_size),
            causal,
            attend,
        )
        shape = (ops.shape(read)[0], -1, self.intermediate_dim)
        return ops.reshape(read, shape)[:, :length]

    def get_config(self):
        return {**super().get_config(), "chunk_size": self.chunk_size}


def raise_if_not_padding(mask):
    if mask is not None and len(mask.shape) != 2:
        raise ValueError(
            "`attention_mask` must be (batch, length), as linear attention "
            f"has no mask of pairs. Received shape: {tuple(mask.shape)}"
        )
