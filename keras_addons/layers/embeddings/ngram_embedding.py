"""Embedding of the hashed n-grams of tokens."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.embeddings.embedding import Embedding
from keras_addons.ops.hashed_ngrams import MOST_BUCKETS
from keras_addons.ops.hashed_ngrams import hashed_ngrams


@keras.saving.register_keras_serializable(package="keras_addons")
class NgramEmbedding(keras.layers.Layer):
    """Adds to every token the vectors of the n-grams that end there.

    `y[m] = x[m] + sum over n of table_n[hash(ids[m - n + 1], ..., ids[m])]`
    with the hash of `ops.hashed_ngrams`. With characters as tokens an n-gram
    is often a word, such as 北京, which a little data does not teach attention
    to see. Costs `len(sizes) * num_buckets * size` weights. The tables begin
    at 0, so that an n-gram which was never trained on adds nothing.

    Keras' `HashedCrossing` hashes a fixed number of features of an example;
    this layer hashes the n-grams of a sequence and has vectors for them.

    Args:
        num_buckets: int from 1 to 2^20, the rows of each table.
        sizes: list of positive ints, the tokens of an n-gram. Defaults to
            [2].
        initializer: initializer of the tables. Defaults to "zeros".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size).
        token_ids: integers (batch, length).

    The Keras mask of `features` passes through.

    Returns:
        Tensor of the shape and dtype of `features`.

    Raises:
        ValueError: `num_buckets` or `sizes` is out of its range.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import NgramEmbedding
    >>> layer = NgramEmbedding(1000, sizes=[2, 3])
    >>> layer(np.zeros((1, 3, 4)), np.array([[5, 6, 7]])).shape == (1, 3, 4)
    True

    Reference:
        [Bojanowski et al., 2017](https://arxiv.org/abs/1607.04606)
    """

    def __init__(self, num_buckets, sizes=(2,), initializer="zeros", **kwargs):
        super().__init__(**kwargs)
        self.num_buckets = check_integer("num_buckets", num_buckets, minimum=1)
        if num_buckets > MOST_BUCKETS:
            raise ValueError(
                f"`num_buckets` must be at most {MOST_BUCKETS}. "
                f"Received: {num_buckets}"
            )
        if not isinstance(sizes, list | tuple) or not sizes:
            raise ValueError(
                f"`sizes` must be a list of integers. Received: {sizes!r}"
            )
        self.sizes = [check_integer("sizes", each, minimum=1) for each in sizes]
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, features_shape, token_ids_shape=None):
        self.tables = [
            Embedding(
                self.num_buckets,
                features_shape[-1],
                initializer=self.initializer.clone(),
                dtype=self.dtype_policy,
                name=f"table_{size}",
            )
            for size in self.sizes
        ]
        for table in self.tables:
            table.build(token_ids_shape)

    def call(self, features, token_ids):
        for size, table in zip(self.sizes, self.tables):
            buckets = hashed_ngrams(token_ids, size, self.num_buckets)
            features = features + table(buckets)
        return features

    def compute_output_shape(self, features_shape, token_ids_shape=None):
        return features_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_buckets": self.num_buckets,
            "sizes": self.sizes,
            "initializer": keras.initializers.serialize(self.initializer),
        }
