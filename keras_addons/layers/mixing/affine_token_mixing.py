"""ResMLP's token mixing: one matrix over positions between two scales."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.ops.token_mixing import hide_padding
from keras_addons.ops.token_mixing import mix_tokens


@keras.saving.register_keras_serializable(package="keras_addons")
class AffineTokenMixing(TokenMixer):
    """ResMLP's token mixing: one matrix over positions between two scales.

    `y = scale * (W (alpha * x + beta) + b)`: `alpha`, `beta` and `scale` have
    a number for each feature, `W` (max_length, max_length) and `b` mix the
    positions. A shorter text uses the first rows and columns of `W`; with a
    causal mask the lower triangle. Costs `max_length * (max_length + 1) + 3 *
    size` weights. Use it as the `attention` of `TransformerBlock`.

    Args:
        max_length: positive int, the longest text.
        initial_scale: positive float, the initial value of `scale`, smaller
            for deeper models: the paper has 0.1 for 12 blocks and 1e-5 for
            24. Defaults to 0.1.
        kernel_initializer: initializer of `W`. Defaults to "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size), `length <= max_length`. Its
            Keras mask hides padding, which then never changes another row,
            and is passed on.
        attention_mask: None or a boolean tensor: (batch, length), False at
            padding, or (batch or 1, length, length), False where a row must
            not read a token.
        use_causal_mask: bool, whether a row reads no later token. Defaults to
            False.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: `max_length` or `initial_scale` is not positive, or the
            text is longer than `max_length`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> block = layers.TransformerBlock(
    ...     layers.AffineTokenMixing(max_length=16), layers.FeedForward(256)
    ... )
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Touvron et al., 2021](https://arxiv.org/abs/2105.03404),
        https://kexue.fm/archives/8431
    """

    can_mask_pairs = True

    def __init__(
        self,
        max_length,
        initial_scale=0.1,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.max_length = check_integer("max_length", max_length, 1)
        check_number("initial_scale", initial_scale, 0, exclusive=True)
        self.initial_scale = initial_scale
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape):
        size = features_shape[-1]
        self.alpha = self.add_vector("alpha", size, "ones")
        self.beta = self.add_vector("beta", size, "zeros")
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.max_length, self.max_length),
            initializer=self.kernel_initializer,
        )
        self.bias = self.add_vector("bias", self.max_length, "zeros")
        initial = keras.initializers.Constant(self.initial_scale)
        self.scale = self.add_vector("scale", size, initial)

    def add_vector(self, name, size, initializer):
        return self.add_weight(
            name=name, shape=(size,), initializer=initializer
        )

    def mix(self, features, tokens, pairs, is_causal, training):
        # After `beta`, which would give padding a value again.
        features = hide_padding(self.alpha * features + self.beta, tokens)
        mixed = mix_tokens(features, self.kernel, self.bias, pairs)
        return self.scale * mixed

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "max_length": self.max_length,
            "initial_scale": self.initial_scale,
            "kernel_initializer": serialize(self.kernel_initializer),
        }
