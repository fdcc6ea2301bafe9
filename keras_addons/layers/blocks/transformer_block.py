"""Transformer block with normalization after each half (post-norm)."""

import keras

from keras_addons.layers.attention.key_value_cache import cache_shapes
from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.layers.unbuilt import unbuilt


@keras.saving.register_keras_serializable(package="keras_addons")
class TransformerBlock(keras.layers.Layer):
    """Post-norm transformer block: attention, then a feed-forward layer.

    `y = norm(x + dropout(attention(x)))`,
    `z = norm(y + dropout(feed_forward(y)))`.

    Any layer that mixes tokens may stand in for the attention: FNet's
    `FourierMixing`, `TokenMLP`, `AffineTokenMixing`, `GatedMLP`,
    `ExternalAttention`, `RandomSynthesizer`, `DenseSynthesizer`,
    `LightweightConvolution`, `DynamicConvolution`, or a `TokenMixer` of your
    own.

    Args:
        attention: layer called as `attention(x, attention_mask=...,
            use_causal_mask=..., mask=...)`, such as `MultiHeadAttention` or a
            token mixer.
        feed_forward: layer called as `feed_forward(y)`; None for a block of
            the first half alone, such as gMLP's, whose token mixer is the
            feed-forward layer as well.
        dropout: float in [0, 1), the dropout rate of both residual branches.
            Defaults to 0.0.
        epsilon: positive float, of both layer normalizations. Defaults to
            1e-12.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding
            from the attention and is passed on to the output.
        attention_mask: as of `MultiHeadAttention`.
        use_causal_mask: bool, whether a token attends to no later token.
            Defaults to False.
        positions, cache, attention_bias, relative_vectors: as of
            `MultiHeadAttention`. They are passed to `attention` only if they
            are not None.
        residual_scores: None or the scores that the block before has
            returned (RealFormer). Defaults to None.
        return_scores: bool, whether to return the scores of the attention as
            well. Defaults to False.

    Returns:
        Tensor of the shape of `features`. With `return_scores` a pair of it
        and the scores (batch, heads, length, length), which are the
        `residual_scores` of the next block.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> block = layers.TransformerBlock(
    ...     layers.MultiHeadAttention(num_heads=4), layers.FeedForward(256)
    ... )
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    RealFormer's blocks hand on their scores:

    >>> features = np.ones((2, 10, 64), "float32")
    >>> features, scores = block(features, return_scores=True)
    >>> next_block = layers.TransformerBlock(
    ...     layers.MultiHeadAttention(num_heads=4), layers.FeedForward(256)
    ... )
    >>> features = next_block(features, residual_scores=scores)

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762),
        [He et al., 2020](https://arxiv.org/abs/2012.11747)
    """

    def __init__(
        self, attention, feed_forward, dropout=0.0, epsilon=1e-12, **kwargs
    ):
        super().__init__(**kwargs)
        self.attention = attention
        self.feed_forward = feed_forward
        self.dropout = dropout
        self.epsilon = epsilon
        self.supports_masking = True
        self.attention_norm = self.norm("attention_norm")
        self.attention_dropout = self.drop("attention_dropout")
        if feed_forward is not None:
            self.feed_forward_norm = self.norm("feed_forward_norm")
            self.feed_forward_dropout = self.drop("feed_forward_dropout")

    def norm(self, name):
        return keras.layers.LayerNormalization(
            epsilon=self.epsilon, dtype=self.dtype_policy, name=name
        )

    def drop(self, name):
        return keras.layers.Dropout(
            self.dropout, dtype=self.dtype_policy, name=name
        )

    def build(self, features_shape):
        parts = [self.attention, self.attention_norm]
        if self.feed_forward is not None:
            parts += [self.feed_forward, self.feed_forward_norm]
        for part in parts:
            if not part.built:  # a model as a part is built already
                part.build(features_shape)

    def call(
        self,
        features,
        attention_mask=None,
        use_causal_mask=False,
        mask=None,
        features_mask=None,
        positions=None,
        cache=None,
        attention_bias=None,
        relative_vectors=None,
        training=None,
        residual_scores=None,
        return_scores=False,
    ):
        # Keras passes `mask` for one input tensor, `features_mask` for more.
        read = self.attention(
            features,
            attention_mask=attention_mask,
            use_causal_mask=use_causal_mask,
            mask=features_mask if mask is None else mask,
            **given(
                positions=positions,
                cache=cache,
                attention_bias=attention_bias,
                relative_vectors=relative_vectors,
                residual_scores=residual_scores,
                return_scores=return_scores or None,
            ),
        )
        if return_scores:
            read, scores = read
            return self.add_branches(features, read, training), scores
        return self.add_branches(features, read, training)

    def add_branches(self, features, read, training):
        """Adds what the attention read, then the feed-forward layer."""
        # Skipped in inference: even calling an idle layer takes time.
        if training:
            read = self.attention_dropout(read)
        features = self.attention_norm(features + read)
        if self.feed_forward is None:
            return features
        added = self.feed_forward(features)
        if training:
            added = self.feed_forward_dropout(added)
        return self.feed_forward_norm(features + added)

    def compute_output_shape(self, features_shape):
        return features_shape

    def compute_output_spec(
        self,
        features,
        attention_mask=None,
        use_causal_mask=False,
        return_scores=False,
        **options,
    ):
        if isinstance(self.attention, TokenMixer):
            self.attention.raise_if_impossible(
                features, attention_mask, use_causal_mask
            )
        output = keras.KerasTensor(features.shape, dtype=self.compute_dtype)
        if not return_scores:
            return output
        _, scores = self.attention.compute_output_spec(
            features, return_scores=True
        )
        return output, scores

    def cache_shapes(self, num_texts, max_length):
        """Returns the shapes of the keys and values of a `KeyValueCache`."""
        return cache_shapes(self.attention, num_texts, max_length)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "attention": serialize(self.attention),
            "feed_forward": serialize(self.feed_forward),
            "dropout": self.dropout,
            "epsilon": self.epsilon,
        }

    @classmethod
    def from_config(cls, config):
        halves = {
            half: unbuilt(config[half])
            for half in ("attention", "feed_forward")
            if config[half] is not None
        }
        return cls(**{**config, **halves})


def given(**arguments):
    return {
        name: value for name, value in arguments.items() if value is not None
    }
