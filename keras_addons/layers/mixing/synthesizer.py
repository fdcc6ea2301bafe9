"""Base of the synthesizers: attention whose scores compare no tokens."""

import abc

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.layers.attention.masks import visible_keys
from keras_addons.layers.mixing.heads import check_heads
from keras_addons.layers.mixing.heads import merge_heads
from keras_addons.layers.mixing.heads import split_heads
from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.ops.attention import masked_softmax


class Synthesizer(TokenMixer):
    """`softmax(scores) V` with scores that a subclass makes.

    A subclass makes its weights in `build_scores(size)` and returns the
    scores (batch or 1, heads, length, length) from `scores(features,
    length)`.
    """

    can_mask_pairs = True

    def __init__(
        self,
        max_length,
        num_heads,
        dropout=0.0,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.max_length = check_integer("max_length", max_length, 1)
        self.num_heads = check_integer("num_heads", num_heads, 1)
        check_number("dropout", dropout, 0, below=1)
        self.dropout = dropout
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @abc.abstractmethod
    def build_scores(self, size):
        """Makes the weights of the scores."""

    @abc.abstractmethod
    def scores(self, features, length):
        """Returns the scores (batch or 1, heads, length, length)."""

    def build(self, features_shape):
        size = features_shape[-1]
        check_heads(self.num_heads, size)
        self.build_scores(size)
        self.value = self.add_dense("value", size, size)
        self.output_dense = self.add_dense("output", size, size)
        self.probability_dropout = keras.layers.Dropout(
            self.dropout, dtype=self.dtype_policy
        )

    def parts(self):
        return self.value, self.output_dense

    def add_matrix(self, name, *shape):
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=self.kernel_initializer.clone(),
        )

    def mix(self, features, tokens, pairs, is_causal, training):
        scores = self.scores(features, ops.shape(features)[1])
        probabilities = masked_softmax(scores, visible_keys(tokens, pairs))
        values = split_heads(self.value(features), self.num_heads)
        probabilities = ops.cast(probabilities, values.dtype)
        if training:
            probabilities = self.probability_dropout(probabilities)
        return self.output_dense(merge_heads(ops.matmul(probabilities, values)))

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "max_length": self.max_length,
            "num_heads": self.num_heads,
            "dropout": self.dropout,
            "kernel_initializer": serialize(self.kernel_initializer),
        }
