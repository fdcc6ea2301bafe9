"""Base of the lightweight and the dynamic convolution."""

import abc

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.layers.mixing.heads import check_heads
from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.ops.tap_convolution import tap_convolution
from keras_addons.ops.token_mixing import hide_padding


class HeadConvolution(TokenMixer):
    """Gated dense layer, convolution by heads, dense layer.

    A subclass makes its weights in `build_taps(size)` and returns the logits
    (batch or 1, length or 1, heads, kernel_size) of the kernels from
    `tap_logits(features)`.
    """

    def __init__(
        self,
        kernel_size,
        num_heads,
        dropout=0.0,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.kernel_size = check_integer("kernel_size", kernel_size, 1)
        self.num_heads = check_integer("num_heads", num_heads, 1)
        check_number("dropout", dropout, 0, below=1)
        self.dropout = dropout
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @abc.abstractmethod
    def build_taps(self, size):
        """Makes the weights of the kernels."""

    @abc.abstractmethod
    def tap_logits(self, features):
        """Returns logits (batch or 1, length or 1, heads, kernel_size)."""

    def build(self, features_shape):
        size = features_shape[-1]
        check_heads(self.num_heads, size)
        self.input_dense = self.add_dense("input", 2 * size, size)
        self.build_taps(size)
        self.output_dense = self.add_dense("output", size, size)
        self.tap_dropout = keras.layers.Dropout(
            self.dropout, dtype=self.dtype_policy
        )

    def parts(self):
        return self.input_dense, self.output_dense

    def mix(self, features, tokens, pairs, is_causal, training):
        values, gates = ops.split(self.input_dense(features), 2, axis=-1)
        # After the bias of the dense layer, which padding has too.
        values = hide_padding(values * ops.sigmoid(gates), tokens)
        logits = ops.cast(self.tap_logits(values), "float32")
        taps = ops.cast(ops.softmax(logits, axis=-1), values.dtype)
        if training:
            taps = self.tap_dropout(taps)
        length, size = ops.shape(values)[1], values.shape[-1]
        shape = (-1, length, self.num_heads, size // self.num_heads)
        heads = backend.reshape(values, shape)
        convolved = tap_convolution(heads, taps, is_causal)
        return self.output_dense(backend.reshape(convolved, (-1, length, size)))

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "num_heads": self.num_heads,
            "dropout": self.dropout,
            "kernel_initializer": serialize(self.kernel_initializer),
        }
