"""External attention: keys and values are weights, not tokens."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.mixing.heads import check_heads
from keras_addons.layers.mixing.heads import merge_heads
from keras_addons.layers.mixing.heads import split_heads
from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.ops.external_attention import external_attention

NORMALIZATIONS = ("double", "softmax")


@keras.saving.register_keras_serializable(package="keras_addons")
class ExternalAttention(TokenMixer):
    """Attention to learned keys and values that all texts share.

    `ops.external_attention` between two dense layers: each head of the query
    `x W_q` attends to `num_slots` learned keys and values, which the heads
    share; a last dense layer mixes the heads. Linear in the length, which has
    no limit. Permuted tokens give permuted outputs: positions must be in the
    features. Costs `2 * size^2 + 2 * num_slots * size / num_heads` weights.
    Use it as the `attention` of `TransformerBlock`.

    Args:
        num_slots: positive int, the number of learned keys. Defaults to 64.
        num_heads: positive int that divides the size. Defaults to 1.
        normalization: "double", over the tokens and then over the slots, or
            "softmax", over the slots alone: then no token sees another, and
            the layer can be causal. Defaults to "double".
        kernel_initializer: initializer of all matrices. Defaults to
            "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding,
            which then never changes another row, and is passed on.
        attention_mask: None or a boolean tensor (batch, length), False at
            padding.
        use_causal_mask: bool, possible with `normalization="softmax"`.
            Defaults to False.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: an argument is not of its range, `num_heads` does not
            divide the size, or a causal mask or one of pairs is asked for.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> block = layers.TransformerBlock(
    ...     layers.ExternalAttention(num_slots=32), layers.FeedForward(256)
    ... )
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Guo et al., 2021](https://arxiv.org/abs/2105.02358),
        https://kexue.fm/archives/8431
    """

    def __init__(
        self,
        num_slots=64,
        num_heads=1,
        normalization="double",
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_slots = check_integer("num_slots", num_slots, 1)
        self.num_heads = check_integer("num_heads", num_heads, 1)
        if normalization not in NORMALIZATIONS:
            raise ValueError(
                f"`normalization` must be one of {NORMALIZATIONS}. "
                f"Received: {normalization!r}"
            )
        self.normalization = normalization
        self.can_be_causal = normalization == "softmax"
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape):
        size = features_shape[-1]
        check_heads(self.num_heads, size)
        self.query = self.add_dense("query", size, size)
        self.keys, self.values = (
            self.add_weight(
                name=name,
                shape=(self.num_slots, size // self.num_heads),
                initializer=self.kernel_initializer.clone(),
            )
            for name in ("keys", "values")
        )
        self.output_dense = self.add_dense("output", size, size)

    def parts(self):
        return self.query, self.output_dense

    def mix(self, features, tokens, pairs, is_causal, training):
        query = split_heads(self.query(features), self.num_heads)
        read = external_attention(
            query, self.keys, self.values, tokens, self.normalization
        )
        return self.output_dense(merge_heads(read))

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "num_slots": self.num_slots,
            "num_heads": self.num_heads,
            "normalization": self.normalization,
            "kernel_initializer": serialize(self.kernel_initializer),
        }
