"""The last layer of a transformer where only [CLS] is asked for."""

import keras


@keras.saving.register_keras_serializable(package="keras_addons")
class FirstTokenBlock(keras.layers.Layer):
    """What a `TransformerBlock` makes of the first token, and nothing else.

    Equal to `block(features)[:, 0]` with the weights of the block, but only
    the keys and values of the other tokens are computed: about a fifth of
    the work for short texts. For vectors of sentences that are read from
    [CLS]. Adds no weights.

    Args:
        block: `TransformerBlock`; it may be in use elsewhere.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding
            from the attention.
        attention_mask: see `MultiHeadAttention`.

    Returns:
        Tensor (batch, size).

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
        # Keras says `mask` where there is one tensor, `features_mask` else.
        read = block.attention(
            first,
            features,
            attention_mask=attention_mask,
            value_mask=features_mask if mask is None else mask,
        )
        first = block.attention_norm(first + block.attention_dropout(read))
        added = block.feed_forward_dropout(block.feed_forward(first))
        return block.feed_forward_norm(first + added)[:, 0]

    def compute_mask(self, inputs, previous_mask=None):
        return None  # no axis of tokens is left

    def compute_output_shape(self, features_shape):
        return (features_shape[0], features_shape[-1])

    def get_config(self):
        block = keras.saving.serialize_keras_object(self.block)
        return {**super().get_config(), "block": block}

    @classmethod
    def from_config(cls, config):
        block = keras.saving.deserialize_keras_object(config["block"])
        return cls(**{**config, "block": block})
