"""What the evaluators share."""

import abc
import warnings

import keras
import numpy as np

from keras_addons.ops.nearest import unit_rows


class Evaluator(keras.callbacks.Callback, abc.ABC):
    """Adds what `evaluate()` finds to the logs of every epoch.

    Callbacks that come after it in the list see the values, such as
    `EarlyStopping` and `ModelCheckpoint`; they must be given `mode="max"`.

    Where a vector is not finite every score is NaN, with a warning. Keras
    takes no NaN for an improvement, but the first value that it sees for the
    best, whatever it is: `ModelCheckpoint` needs
    `initial_value_threshold=float("-inf")` and `EarlyStopping`
    `baseline=float("-inf")` to pass over a model that diverges in its first
    epoch.

    Args:
        encoder: function from a list of strings to an array (n, dim), or an
            object with such a function called `encode`.
        name: string that the names in the logs begin with.
    """

    def __init__(self, encoder, name="val"):
        super().__init__()
        self.encoder = encoder
        self.name = name

    @abc.abstractmethod
    def evaluate(self):
        """Returns a dict of floats."""

    def on_epoch_end(self, epoch, logs=None):
        for key, value in self.evaluate().items():
            logs[f"{self.name}_{key}"] = value

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
        "finite, so every score is NaN. Keras keeps a NaN of the first epoch "
        "as the best: give `ModelCheckpoint` "
        '`initial_value_threshold=float("-inf")` and `EarlyStopping` '
        '`baseline=float("-inf")`.',
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
