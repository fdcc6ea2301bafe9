"""Dense layer on the TF-IDF vector of a text."""

import keras
import numpy as np
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.hashed_ngrams import hashed_ngrams
from keras_addons.ops.tf_idf import tf_idf_weights


@keras.saving.register_keras_serializable(package="keras_addons")
class TfIdfDense(keras.layers.Layer):
    """Applies a dense layer to the TF-IDF vector of the n-grams of tokens.

    `y = x W + b`, where `x` is the TF-IDF vector (`ops.tf_idf_weights`) of the
    n-grams, hashed by `ops.hashed_ngrams` into `num_buckets` for each size.
    The vector itself is never made: a row costs `places^2` comparisons and
    `places * units` products, with `places = length * len(sizes)`. This is
    logistic regression on TF-IDF as a part of a Keras model, saved with it and
    fed with the same ids. It costs `len(sizes) * num_buckets * (units + 1)`
    weights.

    Keras' `TextVectorization(output_mode="tf_idf")` makes vectors of the whole
    vocabulary, of texts, before the model.

    The inverse document frequencies are set by `adapt` and not trained. Train
    the kernel by SGD rather than Adam: Adam makes the steps of rare n-grams as
    large as those of frequent ones, and a rare one then decides. On TNEWS
    (3,000 records, one seed) SGD with momentum 0.9 and a rate of 10 reached
    0.570 on dev, logistic regression 0.565 and Adam, at the best of four
    rates, 0.553 (`benchmarks/rare_ngrams.py`).

    Args:
        units: positive int.
        num_buckets: int from 1 to 2^20. Defaults to 65536.
        sizes: list of positive ints, the tokens of an n-gram. Defaults to
            [1, 2].
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        token_ids: integers (batch, length); 0 is padding.

    Returns:
        float32 tensor (batch, units), whatever the dtype policy: logits.

    Raises:
        ValueError: an argument is out of its range.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import TfIdfDense
    >>> layer = TfIdfDense(3, num_buckets=100)
    >>> layer.adapt([[2, 7, 8, 3], [2, 7, 9, 3]])
    >>> layer(np.array([[2, 7, 8, 3, 0]])).shape == (1, 3)
    True

    Reference:
        The wide part of [Cheng et al., 2016](
        https://arxiv.org/abs/1606.07792), on TF-IDF
    """

    def __init__(self, units, num_buckets=65536, sizes=(1, 2), **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.units = check_integer("units", units, minimum=1)
        self.num_buckets = check_integer("num_buckets", num_buckets, minimum=1)
        if not isinstance(sizes, list | tuple) or not sizes:
            raise ValueError(
                f"`sizes` must be a list of integers. Received: {sizes!r}"
            )
        self.sizes = [check_integer("sizes", each, minimum=1) for each in sizes]

    def build(self, token_ids_shape):
        num_terms = len(self.sizes) * self.num_buckets
        self.idf = self.add_weight(
            name="idf", shape=(num_terms,), initializer="ones", trainable=False
        )
        self.kernel = self.add_weight(
            name="kernel", shape=(num_terms, self.units), initializer="zeros"
        )
        self.bias = self.add_weight(
            name="bias", shape=(self.units,), initializer="zeros"
        )

    def adapt(self, rows):
        """Sets the inverse document frequencies from a corpus.

        `idf = log((1 + n) / (1 + df)) + 1`, where `df` of the `n` rows hold
        the n-gram.

        Args:
            rows: non-empty list of rows of token ids, of any lengths.
        """
        if not self.built:
            self.build((None, None))
        counts = np.zeros(len(self.sizes) * self.num_buckets)
        for terms, _ in self.sparse_rows(rows):
            counts[np.unique(terms)] += 1
        self.idf.assign(np.log((1 + len(rows)) / (1 + counts)) + 1)

    def sparse_rows(self, rows, batch_size=64):
        """Yields, for each row, its terms and what they weigh.

        Args:
            rows: list of rows of token ids.
            batch_size: positive int, rows computed at a time. Defaults to 64.

        Returns:
            Generator of pairs of arrays: rows of the kernel (a term that
            stands more than once comes more than once) and their factors.
        """
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            lengths = list(map(len, batch))
            padded = np.zeros((len(batch), max(lengths)), "int32")
            for row, tokens in zip(padded, batch):
                row[: len(tokens)] = tokens
            terms, weights = map(ops.convert_to_numpy, self.terms(padded))
            for each, weight in zip(terms, weights):
                yield each[weight > 0], weight[weight > 0]

    def terms(self, token_ids):
        """Computes the terms of each row and their weights.

        Returns:
            int32 and float32 tensors (batch, length * len(sizes)).
        """
        token_ids = ops.cast(token_ids, "int32")
        terms = [
            hashed_ngrams(token_ids, size, self.num_buckets)
            + number * self.num_buckets
            for number, size in enumerate(self.sizes)
        ]
        mask = ops.tile(token_ids != 0, (1, len(self.sizes)))
        terms = ops.concatenate(terms, axis=1)
        idf = ops.take(self.idf, terms, axis=0)
        return terms, tf_idf_weights(terms, idf, mask)

    def call(self, token_ids):
        terms, weights = self.terms(token_ids)
        rows = ops.take(ops.convert_to_tensor(self.kernel), terms, axis=0)
        weights = ops.cast(weights, rows.dtype)
        return ops.matmul(weights[:, None], rows)[:, 0] + self.bias

    def compute_output_shape(self, token_ids_shape):
        return (token_ids_shape[0], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "num_buckets": self.num_buckets,
            "sizes": self.sizes,
        }
