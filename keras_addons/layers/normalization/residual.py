"""A layer with a scaled residual connection and a normalization."""

import inspect

import keras

from keras_addons.arguments import check_number
from keras_addons.layers.attention.key_value_cache import cache_shapes
from keras_addons.layers.unbuilt import unbuilt


@keras.saving.register_keras_serializable(package="keras_addons")
class Residual(keras.layers.Layer):
    """Adds to a layer's output its scaled input, then normalizes (post-norm).

    `y = norm(scale * x + dropout(layer(x)))`. With the RMS normalization of
    Keras and a `GatedAttentionUnit` it is a block of GAU-alpha; with a
    `MultiHeadAttention`, and another one with a `FeedForward`, a block of
    RoFormerV2 or DeepNet. How the residual branch is kept small, so that deep
    models train:

    - RoFormerV2 and GAU-alpha: `scale` 1, and initial weights of the branch
      that are smaller by `num_layers^(-1/2)` and `num_layers^(-1/3)`; of
      `m` matrices one after the other each takes the `m`-th root of `1 /
      num_layers`. As an initializer of Keras:
      `VarianceScaling(num_layers ** (-2 / m), mode="fan_in")`. Their norm is
      `keras.layers.RMSNormalization(epsilon=1e-12, trainable=False)`: without
      a gain, which stays 1.
    - DeepNet: of `n` branches in the model `scale=n ** 0.25`, and weights of
      values, outputs and feed-forward layers that start smaller by
      `(4 * n) ** -0.25`.

    Args:
        layer: layer called as `layer(x)`, with those of the call arguments
            below that are given.
        norm: None or a layer called as `norm(y)`, such as
            `keras.layers.LayerNormalization` or
            `keras.layers.RMSNormalization`. Defaults to None.
        scale: positive float, by which the input is multiplied. Defaults to
            1.0.
        dropout: float in [0, 1), the dropout rate of what `layer` returns.
            Defaults to 0.0.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor that `layer` maps to one of the same shape. Its Keras
            mask is passed to `layer`, if that takes one, and to the output;
            `keras.layers.RMSNormalization` alone would drop it.
        attention_mask, use_causal_mask, positions, cache: as of
            `MultiHeadAttention`; passed to `layer` only if they are given.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: `scale` is not positive.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> num_layers = 24
    >>> unit = layers.GatedAttentionUnit(
    ...     intermediate_dim=128,
    ...     key_dim=16,
    ...     normalization=layers.EntropyInvariantSoftmax(min_keys=16),
    ...     rotary=layers.RotaryEmbedding(),
    ...     use_bias=False,
    ...     kernel_initializer=keras.initializers.VarianceScaling(
    ...         num_layers ** (-2 / 3), mode="fan_in"
    ...     ),
    ... )
    >>> norm = keras.layers.RMSNormalization(epsilon=1e-12, trainable=False)
    >>> block = layers.Residual(unit, norm, dropout=0.1)
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Wang et al., 2022](https://arxiv.org/abs/2203.00555),
        https://kexue.fm/archives/8978, https://kexue.fm/archives/8998,
        https://kexue.fm/archives/9052
    """

    def __init__(self, layer, norm=None, scale=1.0, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        check_number("scale", scale, 0, exclusive=True)
        self.layer = layer
        self.norm = norm
        self.scale = scale
        self.dropout = dropout
        self.supports_masking = True
        self.dropout_layer = keras.layers.Dropout(
            dropout, dtype=self.dtype_policy, name="dropout"
        )

    def build(self, features_shape):
        for part in (self.layer, self.norm):
            if part is not None and not part.built:
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
        training=None,
    ):
        # Keras passes `mask` for one input tensor, `features_mask` for more.
        mask = features_mask if mask is None else mask
        takes_a_mask = "mask" in inspect.signature(self.layer.call).parameters
        options = {
            "attention_mask": attention_mask,
            "use_causal_mask": use_causal_mask or None,
            "mask": mask if takes_a_mask else None,
            "positions": positions,
            "cache": cache,
        }
        added = self.layer(
            features,
            **{
                name: each for name, each in options.items() if each is not None
            },
        )
        # Skipped in inference: even calling an idle layer takes time.
        if training:
            added = self.dropout_layer(added)
        if self.scale != 1:
            features = self.scale * features
        features = features + added
        return features if self.norm is None else self.norm(features)

    def compute_output_shape(self, features_shape):
        return features_shape

    def compute_output_spec(self, features, **options):
        return keras.KerasTensor(features.shape, dtype=self.compute_dtype)

    def cache_shapes(self, num_texts, max_length):
        """Returns the shapes of the keys and values of a `KeyValueCache`."""
        return cache_shapes(self.layer, num_texts, max_length)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "layer": serialize(self.layer),
            "norm": None if self.norm is None else serialize(self.norm),
            "scale": self.scale,
            "dropout": self.dropout,
        }

    @classmethod
    def from_config(cls, config):
        parts = {name: unbuilt(config[name]) for name in ("layer", "norm")}
        return cls(**{**config, **parts})
