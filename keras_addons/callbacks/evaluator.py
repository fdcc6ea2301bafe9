"""Base class of callbacks that log scores of an encoder."""

import abc
import warnings

import keras
import numpy as np

from keras_addons.retrieval.nearest import unit_rows


class Evaluator(keras.callbacks.Callback, abc.ABC):
    """Adds the scores of `evaluate()` to the logs of every epoch.

    A subclass defines `evaluate`, which returns a dict of floats and may use
    `cosines` and `unit_vectors`. Put callbacks that use the scores, such as
    `EarlyStopping` and `ModelCheckpoint` with `mode="max"`, after the
    evaluator in the list.

    If an embedding contains NaN or infinity, all scores are NaN, with a
    warning; Spearman's correlation is also NaN if all embeddings are equal.
    Keras keeps the first value of a training as the best, and no later value
    is better than NaN. So the logs and the `History` hold -inf instead of NaN
    until the first finite score of this `fit`. Then every finite score is
    better, `EarlyStopping` and `ReduceLROnPlateau` count an epoch without
    improvement, and file names and CSV columns have a value. (If the score
    were missing from the logs, `ModelCheckpoint` would save every such epoch
    and fail on file names with the score, and `CSVLogger`, which takes its
    columns from the first epoch, would never write it.)

    `ModelCheckpoint` always saves the first value: with
    `save_best_only=True` the file of a diverged first epoch stays until a
    better epoch replaces it. With `initial_value_threshold=float("-inf")`
    nothing is saved before the first finite score.

    Args:
        encoder: function from a list of strings to an array (n, dim), or an
            object with such a function called `encode`.
        name: string, the prefix in the logs. Defaults to "val".

    Example:

    >>> import numpy as np
    >>> from keras_addons.callbacks import Evaluator
    >>> class MeanCosine(Evaluator):
    ...     "The mean cosine of two texts that should be far apart."
    ...
    ...     def evaluate(self):
    ...         return {"mean_cosine": float(np.mean(self.cosines("a", "b")))}
    >>> vectors = {"a": [3.0, 4.0], "b": [5.0, 0.0]}
    >>> evaluator = MeanCosine(lambda texts: [vectors[text] for text in texts])
    >>> round(evaluator.evaluate()["mean_cosine"], 6)
    0.6

    Reference:
        The evaluators of https://www.sbert.net
    """

    def __init__(self, encoder, name="val"):
        super().__init__()
        self.encoder = encoder
        self.name = name
        self._scored = set()

    @abc.abstractmethod
    def evaluate(self):
        """Returns a dict of floats."""

    def on_train_begin(self, logs=None):
        self._scored = set()  # `EarlyStopping` also resets its best value

    def on_epoch_end(self, epoch, logs=None):
        for key, value in self.evaluate().items():
            if not np.isnan(value):
                self._scored.add(key)
            is_first = key not in self._scored
            logs[f"{self.name}_{key}"] = float("-inf") if is_first else value

    def unit_vectors(self, texts, dtype="float32"):
        """Encodes texts into unit vectors.

        All are NaN if one is not finite, since a model that has diverged for
        some texts has no score.
        """
        encode = getattr(self.encoder, "encode", self.encoder)
        vectors = np.asarray(encode(list(texts)), dtype)
        if np.isfinite(vectors).all():
            return unit_rows(vectors)
        warn_of_non_finite(vectors)
        return np.full_like(vectors, np.nan)

    def cosines(self, first_texts, second_texts):
        """Computes the cosine of each pair, in one call of the encoder."""
        texts = [*first_texts, *second_texts]
        first, second = np.split(self.unit_vectors(texts, "float64"), 2)
        return (first * second).sum(axis=1)


def warn_of_non_finite(vectors):
    """Warns that all scores are NaN, and what `ModelCheckpoint` does then."""
    num_bad = np.sum(~np.isfinite(vectors).all(axis=-1))
    warnings.warn(
        f"The encoder's vectors of {num_bad} of {len(vectors)} texts are not "
        "finite, so all scores are NaN. In the first epoch `ModelCheckpoint` "
        "saves the model nevertheless, unless it has "
        '`initial_value_threshold=float("-inf")`.',
        stacklevel=4,
    )


def check_pairs(first_texts, second_texts, labels):
    """Raises ValueError unless there is one label for each pair of texts."""
    numbers = len(first_texts), len(second_texts), len(labels)
    if len(set(numbers)) > 1 or not numbers[0]:
        raise ValueError(
            "`first_texts`, `second_texts` and `labels` must have the same "
            f"number of entries, at least one. Received: {numbers}"
        )
