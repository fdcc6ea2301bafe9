"""MLP-Mixer's token mixing: a feed-forward layer over positions."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.mixing.token_mixer import TokenMixer


@keras.saving.register_keras_serializable(package="keras_addons")
class TokenMLP(TokenMixer):
    """MLP-Mixer's token mixing: a feed-forward layer over the positions.

    `y = W_2 activation(W_1 x + b_1) + b_2`, where `W_1` (intermediate_dim,
    length) and `W_2` (length, intermediate_dim) multiply the axis of
    positions; all features share them. A shorter text uses the first columns
    of `W_1` and rows of `W_2`. Costs `2 * max_length * intermediate_dim`
    weights. Use it as the `attention` of `TransformerBlock`.

    Args:
        max_length: positive int, the longest text.
        intermediate_dim: positive int, the number of hidden units of each
            feature.
        activation: name or function. Defaults to "gelu".
        kernel_initializer: initializer of both matrices. Defaults to
            "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size), `length <= max_length`. Its
            Keras mask hides padding, which then never changes another row,
            and is passed on.
        attention_mask: None or a boolean tensor (batch, length), False at
            padding.
        use_causal_mask: must be False: every hidden unit reads all tokens.
            `AffineTokenMixing` can be causal.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: `max_length` or `intermediate_dim` is not positive, the
            text is longer than `max_length`, or a causal mask or one of pairs
            is asked for.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> block = layers.TransformerBlock(
    ...     layers.TokenMLP(max_length=16, intermediate_dim=32),
    ...     layers.FeedForward(256),
    ... )
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Tolstikhin et al., 2021](https://arxiv.org/abs/2105.01601),
        https://kexue.fm/archives/8431
    """

    can_be_causal = False

    def __init__(
        self,
        max_length,
        intermediate_dim,
        activation="gelu",
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.max_length = check_integer("max_length", max_length, 1)
        self.intermediate_dim = check_integer(
            "intermediate_dim", intermediate_dim, 1
        )
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, features_shape):
        shape = (self.max_length, self.intermediate_dim)
        self.widen_kernel = self.add_matrix("widen_kernel", shape[::-1])
        self.widen_bias = self.add_bias("widen_bias", shape[1])
        self.narrow_kernel = self.add_matrix("narrow_kernel", shape)
        self.narrow_bias = self.add_bias("narrow_bias", shape[0])

    def add_matrix(self, name, shape):
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=self.kernel_initializer.clone(),
        )

    def add_bias(self, name, size):
        return self.add_weight(name=name, shape=(size,), initializer="zeros")

    def mix(self, features, tokens, pairs, is_causal, training):
        length = keras.ops.shape(features)[1]
        hidden = keras.ops.matmul(self.widen_kernel[:, :length], features)
        hidden = self.activation(hidden + self.widen_bias[:, None])
        mixed = keras.ops.matmul(self.narrow_kernel[:length], hidden)
        return mixed + self.narrow_bias[:length, None]

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "max_length": self.max_length,
            "intermediate_dim": self.intermediate_dim,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": serialize(self.kernel_initializer),
        }
