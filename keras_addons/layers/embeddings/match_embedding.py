"""Embedding of the overlap of two texts."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.match_lengths import match_lengths


@keras.saving.register_keras_serializable(package="keras_addons")
class MatchEmbedding(keras.layers.Layer):
    """Adds to every token a vector of how much of it the other text has.

    `y[m] = x[m] + table[r[m]]`, where `r[m]` is the length of the longest run
    of tokens around `m` that occurs in the other segment too; see
    `ops.match_lengths`. From random weights a model of pairs would have to
    learn of each token by itself that it equals itself. Costs
    `(longest + 1) * size` weights, and `longest * length^2` bits a row while
    it is computed.

    Args:
        longest: positive int; longer runs count as this. Defaults to 8.
        initializer: initializer of the table. Defaults to "zeros".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size).
        token_ids: integers (batch, length); 0 is padding.
        segment_ids: integers (batch, length), the text that a token is of.

    The Keras mask of `features` passes through.

    Returns:
        Tensor of the shape and dtype of `features`.

    Raises:
        ValueError: `longest` is not a positive integer.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import MatchEmbedding
    >>> layer = MatchEmbedding(4)
    >>> tokens, segments = np.array([[5, 6, 5, 7]]), np.array([[0, 0, 1, 1]])
    >>> layer(np.zeros((1, 4, 8)), tokens, segments).shape == (1, 4, 8)
    True

    Reference:
        [Chen et al., 2017](https://arxiv.org/abs/1704.00051), whose exact
        match is `longest=1`
    """

    def __init__(self, longest=8, initializer="zeros", **kwargs):
        super().__init__(**kwargs)
        self.longest = check_integer("longest", longest, minimum=1)
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(
        self, features_shape, token_ids_shape=None, segment_ids_shape=None
    ):
        self.table = self.add_weight(
            name="table",
            shape=(self.longest + 1, features_shape[-1]),
            initializer=self.initializer,
        )

    def call(self, features, token_ids, segment_ids):
        lengths = match_lengths(token_ids, segment_ids, self.longest)
        # As in SegmentEmbedding: of few rows a product has the best gradient.
        choices = ops.equal(lengths[..., None], ops.arange(self.longest + 1))
        choices = ops.cast(choices, features.dtype)
        return features + ops.matmul(choices, self.table)

    def compute_output_shape(
        self, features_shape, token_ids_shape=None, segment_ids_shape=None
    ):
        return features_shape

    def get_config(self):
        return {
            **super().get_config(),
            "longest": self.longest,
            "initializer": keras.initializers.serialize(self.initializer),
        }
