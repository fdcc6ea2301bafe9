"""What the evaluators share: scores in the logs, and what a NaN is there."""

import abc
import warnings

import keras
import numpy as np

from keras_addons.retrieval.nearest import unit_rows


class Evaluator(keras.callbacks.Callback, abc.ABC):
    """Adds what `evaluate()` finds to the logs of every epoch.

    A subclass defines `evaluate`, which returns a dict of floats; `cosines`
    and `unit_vectors` are there for it. Callbacks that come after the
    evaluator in the list see the values, such as
    `EarlyStopping` and `ModelCheckpoint`; they must be given `mode="max"`.

    Where a vector is not finite every score is NaN, with a warning, and so is
    Spearman's where all vectors are one. Keras takes no NaN for better than
    the best, but it takes the first value of a training for the best, and
    nothing is better than NaN. So the logs, and the `History`, hold -inf in
    place of NaN until a score was a number in this `fit`: every number is
    better, `EarlyStopping` and `ReduceLROnPlateau` wait as for any epoch that
    did not improve, and columns and file names have their value. Leaving the
    score out would be worse: `ModelCheckpoint` then saves every such epoch,
    fails where the file name holds the score, and `CSVLogger`, which takes
    its columns from the first epoch, never writes it.

    `ModelCheckpoint` always saves the first value that it sees: with
    `save_best_only=True` the file of a first epoch that diverged stands until
    a better one replaces it. With `initial_value_threshold=float("-inf")`
    nothing is saved until there is a number.

    Args:
        encoder: function from a list of strings to an array (n, dim), or an
            object with such a function called `encode`.
        name: string that the names in the logs begin with. Defaults to "val".

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
        self._scored = set()  # `EarlyStopping` forgets its best here

    def on_epoch_end(self, epoch, logs=None):
        for key, value in self.evaluate().items():
            if not np.isnan(value):
                self._scored.add(key)
            is_first = key not in self._scored
            logs[f"{self.name}_{key}"] = float("-inf") if is_first else value

    def unit_vectors(self, texts, dtype="float32"):
        """The vectors of the texts, each divided by its length.

        All of them NaN where one is not finite: a model that has diverged
        for some texts has no score.
        """
        encode = getattr(self.encoder, "encode", self.encoder)
        vectors = np.asarray(encode(list(texts)), dtype)
        if np.isfinite(vectors).all():
            return unit_rows(vectors)
        warn_of_non_finite(vectors)
        return np.full_like(vectors, np.nan)

    def cosines(self, first_texts, second_texts):
        """The cosine of each pair, from one call of the encoder."""
        texts = [*first_texts, *second_texts]
        first, second = np.split(self.unit_vectors(texts, "float64"), 2)
        return (first * second).sum(axis=1)


def warn_of_non_finite(vectors):
    num_bad = np.sum(~np.isfinite(vectors).all(axis=-1))
    warnings.warn(
        f"The encoder's vectors of {num_bad} of {len(vectors)} texts are not "
        "finite, so every score is NaN. `ModelCheckpoint` saves the first "
        "epoch even so, until a better one replaces it: with "
        '`initial_value_threshold=float("-inf")` it does not.',
        stacklevel=4,
    )


def check_pairs(first_texts, second_texts, labels):
    """Raises where there is not one label for each pair of texts."""
    numbers = len(first_texts), len(second_texts), len(labels)
    if len(set(numbers)) > 1 or not numbers[0]:
        raise ValueError(
            "`first_texts`, `second_texts` and `labels` must be equally many, "
            f"and at least one. Received: {numbers}"
        )
