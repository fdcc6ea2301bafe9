"""gMLP's spatial gating unit: half of the features gates the other half."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.ops.token_mixing import hide_padding
from keras_addons.ops.token_mixing import mix_tokens


@keras.saving.register_keras_serializable(package="keras_addons")
class SpatialGatingUnit(TokenMixer):
    """gMLP's gating: mixes one half of the features, multiplies the other.

    `y = x_1 * (W norm(x_2) + b)` with the halves `x_1`, `x_2` of the
    features, a layer normalization and a matrix `W` (max_length, max_length)
    over positions. `W` starts near 0 and `b` at 1, so that the unit starts as
    the identity of `x_1` and a text as tokens that do not see each other. A
    shorter text uses the first rows and columns of `W`; with a causal mask
    the lower triangle. Costs `max_length * (max_length + 1) + size` weights.
    `GatedMLP` has the dense layers around it.

    Args:
        max_length: positive int, the longest text.
        initial_range: non-negative float `r`; `W` starts uniform in
            `[-r / max_length, r / max_length]`. Defaults to 1e-3.
        epsilon: positive float, of the layer normalization. Defaults to
            1e-6.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size), `size` even and `length <=
            max_length`. Its Keras mask hides padding, which then never
            changes another row, and is passed on.
        attention_mask: None or a boolean tensor: (batch, length), False at
            padding, or (batch or 1, length, length), False where a row must
            not read a token.
        use_causal_mask: bool, whether a row reads no later token. Defaults to
            False.
        gate_bias: None or a tensor (batch, length, size / 2) that is added to
            the gate, such as aMLP's attention. Defaults to None.

    Returns:
        Tensor (batch, length, size / 2).

    Raises:
        ValueError: `size` is odd, an argument is not of its range, or the
            text is longer than `max_length`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> features = np.random.default_rng(0).normal(size=(2, 10, 64))
    >>> gated = layers.SpatialGatingUnit(max_length=16)(features)
    >>> difference = keras.ops.subtract(gated, features[..., :32])
    >>> bool(keras.ops.max(keras.ops.abs(difference)) < 0.01)
    True

    Reference:
        [Liu et al., 2021](https://arxiv.org/abs/2105.08050),
        https://kexue.fm/archives/8431
    """

    can_mask_pairs = True

    def __init__(self, max_length, initial_range=1e-3, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.max_length = check_integer("max_length", max_length, 1)
        check_number("initial_range", initial_range, 0)
        check_number("epsilon", epsilon, 0, exclusive=True)
        self.initial_range = initial_range
        self.epsilon = epsilon

    def build(self, features_shape):
        size = features_shape[-1]
        if size % 2:
            raise ValueError(
                f"The size of `features` must be even. Received: {size}"
            )
        largest = self.initial_range / self.max_length
        self.norm = keras.layers.LayerNormalization(
            epsilon=self.epsilon, dtype=self.dtype_policy, name="norm"
        )
        self.norm.build((*features_shape[:-1], size // 2))
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.max_length, self.max_length),
            initializer=keras.initializers.RandomUniform(-largest, largest),
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.max_length,), initializer="ones"
        )

    def call(
        self,
        features,
        attention_mask=None,
        use_causal_mask=False,
        mask=None,
        features_mask=None,
        gate_bias=None,
        training=None,
    ):
        mask = features_mask if mask is None else mask
        tokens, pairs = self.masks(
            features, attention_mask, use_causal_mask, mask
        )
        mixed = self.mix(features, tokens, pairs, use_causal_mask, training)
        half = features.shape[-1] // 2
        if gate_bias is not None:
            mixed = mixed + features[..., :half] * gate_bias
        return mixed

    def mix(self, features, tokens, pairs, is_causal, training):
        half = features.shape[-1] // 2
        # The normalization gives padding the value `beta`.
        gates = hide_padding(self.norm(features[..., half:]), tokens)
        gates = mix_tokens(gates, self.kernel, self.bias, pairs)
        return features[..., :half] * gates

    def compute_output_shape(self, features_shape):
        return (*features_shape[:-1], features_shape[-1] // 2)

    def compute_output_spec(self, features, *masks, gate_bias=None, **options):
        spec = super().compute_output_spec(features, *masks, **options)
        shape = self.compute_output_shape(spec.shape)
        return keras.KerasTensor(shape, dtype=spec.dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "max_length": self.max_length,
            "initial_range": self.initial_range,
            "epsilon": self.epsilon,
        }
