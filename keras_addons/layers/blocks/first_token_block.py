"""Last transformer block that computes the [CLS] token only."""

import keras

from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.layers.unbuilt import unbuilt


@keras.saving.register_keras_serializable(package="keras_addons")
class FirstTokenBlock(keras.layers.Layer):
    """Applies a `TransformerBlock` and returns its first token only.

    Equal to `block(features)[:, 0]`, with the weights of `block`. Of the
    other tokens only keys and values are computed, which is about a fifth of
    the work for short texts. Use it as the last block of a model whose
    output is the [CLS] vector. Adds no weights.

    Args:
        block: `TransformerBlock` with attention; other layers or models may
            use it too.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding
            from the attention.
        attention_mask: as of `MultiHeadAttention`.

    Returns:
        Tensor (batch, size).

    Raises:
        ValueError: `block` mixes tokens otherwise than by attention, so that
            one row costs as much as all.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> block = layers.TransformerBlock(
    ...     layers.MultiHeadAttention(num_heads=4), layers.FeedForward(256)
    ... )
    >>> features = np.random.default_rng(0).normal(size=(2, 10, 64))
    >>> difference = layers.FirstTokenBlock(block)(features)
    >>> difference = difference - block(features)[:, 0]
    >>> bool(keras.ops.max(keras.ops.abs(difference)) < 1e-5)
    True

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """

    def __init__(self, block, **kwargs):
        super().__init__(**kwargs)
        attention = getattr(block, "attention", None)
        if isinstance(attention, TokenMixer):
            raise ValueError(
                "`block` must have attention: call the block itself and take "
                f"the first token. Received: {type(attention).__name__}"
            )
        self.block = block
        self.supports_masking = True

    def build(self, features_shape):
        if not self.block.built:
            self.block.build(features_shape)

    def call(
        self, features, attention_mask=None, mask=None, features_mask=None
    ):
        block = self.block
        if attention_mask is not None and len(attention_mask.shape) > 2:
            attention_mask = attention_mask[..., :1, :]
        first = features[:, :1]
        # Keras passes `mask` for one input tensor, `features_mask` for more.
        read = block.attention(
            first,
            features,
            attention_mask=attention_mask,
            value_mask=features_mask if mask is None else mask,
        )
        first = block.attention_norm(first + block.attention_dropout(read))
        if block.feed_forward is None:
            return first[:, 0]
        added = block.feed_forward_dropout(block.feed_forward(first))
        return block.feed_forward_norm(first + added)[:, 0]

    def compute_mask(self, inputs, previous_mask=None):
        return None  # the output has no axis of tokens

    def compute_output_shape(self, features_shape):
        return (features_shape[0], features_shape[-1])

    def get_config(self):
        block = keras.saving.serialize_keras_object(self.block)
        return {**super().get_config(), "block": block}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "block": unbuilt(config["block"])})
