"""Gated attention unit (GAU): attention and feed-forward layer in one."""

import keras
from keras import ops

from keras_addons.layers.attention.gated_unit import GatedUnit
from keras_addons.layers.attention.masks import both
from keras_addons.layers.attention.masks import raise_if_not_a_mask
from keras_addons.layers.attention.masks import visible_keys
from keras_addons.layers.attention.multi_head_attention import causal_past
from keras_addons.layers.attention.score_normalization import scaled_queries
from keras_addons.ops.attention import attention


@keras.saving.register_keras_serializable(package="keras_addons")
class GatedAttentionUnit(GatedUnit):
    """Gated attention unit: attention and feed-forward layer in one.

    `y = (U * A V) W_o` with `U, V = swish(x W_u), swish(x W_v)` of
    `intermediate_dim` features and `A = relu(Q K^T / sqrt(key_dim))^2 / n`,
    where `n` is the number of keys that the query attends to and `Q` and `K`
    are `gamma * Z + beta` of the same `Z = swish(x W_z)`. Since the gate `U`
    does the work of many heads, there is one: for each text `length^2` weights
    of values are held. A unit with `intermediate_dim = 2 * size` costs about `6
    * size^2` weights, so that two of them cost what attention and feed-forward
    layer of a transformer do, and take the place of both.

    Put it into a `Residual` for a block; the docstring of that shows the one
    of GAU-alpha.

    Args:
        intermediate_dim: positive int, the number of features of `U` and `V`,
            in the paper twice the size of the input.
        key_dim: positive int, the number of features of `Q` and `K`, even
            with `rotary`. Defaults to 128.
        normalization: `ScoreNormalization`, or None for the softmax; GAU-alpha
            has `EntropyInvariantSoftmax()`. Defaults to `SquaredReLU()`.
        rotary: None or the `RotaryEmbedding` of `Q` and `K`; None for no
            positions. Defaults to None.
        dropout: float in [0, 1), the dropout rate of `A`. Defaults to 0.0.
        use_bias: bool, whether there are `beta` and biases of the dense
            layers. Defaults to True.
        kernel_initializer: initializer of the kernels. Defaults to
            "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding
            and passes through.
        attention_mask: None or a boolean tensor: (batch, length) for padding,
            (batch, length, length), or (batch, 1, length, length). True means
            that the query attends to the key.
        use_causal_mask: bool, whether a token attends to none after it.
            Defaults to False.
        positions: None for 0, 1, 2, ... or integers (batch, length), for
            `rotary`.
        cache: None or a `KeyValueCache` of keys (batch, 1, max length,
            key_dim) and values (batch, 1, max length, intermediate_dim),
            which this call updates. As of `MultiHeadAttention`, with it
            `attention_mask` is (batch, length, max length).

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: an argument is out of its range.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> unit = layers.GatedAttentionUnit(
    ...     128, key_dim=16, rotary=layers.RotaryEmbedding()
    ... )
    >>> unit(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Hua et al., 2022](https://arxiv.org/abs/2202.10447),
        https://kexue.fm/archives/8934, https://kexue.fm/archives/9052
    """

    def read(self, transforms, values, masks, causal, dropout, cache):
        raise_if_not_a_mask(masks[0])
        visible = visible_keys(*masks)
        if causal:
            length = ops.shape(values)[1]
            past = causal_past(length, length, cache)
            visible = both(visible, past[:, None])
        # One head.
        queries, keys, values = (
            each[:, None] for each in (*transforms, values)
        )
        if cache is not None:
            cache.write(keys, values)
            keys, values = cache.keys, cache.values
        queries, normalize = scaled_queries(
            self.normalization, queries, visible, keys
        )
        read = attention(
            queries, keys, values, visible, dropout, normalize=normalize
        )
        return read[:, 0]

    def cache_shapes(self, num_texts, max_length):
        """Returns the shapes of the keys and values of a `KeyValueCache`."""
        sizes = self.key_dim, self.intermediate_dim
        return tuple((num_texts, 1, max_length, size) for size in sizes)
