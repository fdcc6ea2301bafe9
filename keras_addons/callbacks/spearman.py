"""Spearman's rank correlation of similarities after every epoch."""

import numpy as np

from keras_addons.callbacks.evaluator import Evaluator
from keras_addons.callbacks.evaluator import check_pairs
from keras_addons.metrics import spearman


class SpearmanEvaluator(Evaluator):
    """Writes the Spearman correlation of cosines and labels into the logs.

    The usual score of sentence vectors that were not trained for the labels.
    It stands in the logs as `{name}_spearman`, for the callbacks that come
    after this one; those need `mode="max"`. Costs one pass of the encoder
    over the texts in every epoch.

    Where a vector is not finite every score is NaN, with a warning. The logs
    hold -inf instead until a score was a number, since Keras would take a NaN
    of the first epoch for the best of all. Give `ModelCheckpoint`
    `initial_value_threshold=float("-inf")`: it then saves no epoch that
    diverged, not even the first.

    Args:
        encoder: `text.SentenceEncoder`, or a function from a list of strings
            to an array (n, dim).
        first_texts: list of strings.
        second_texts: list of strings, as many.
        labels: as many numbers, larger for a more similar pair.
        name: string that the name in the logs begins with.

    Raises:
        ValueError: texts and labels differ in number, or there are none.

    Example:

    >>> import numpy as np
    >>> from keras_addons.callbacks import SpearmanEvaluator
    >>> vectors = {"a": [1, 0], "b": [1, 0.1], "c": [0, 1]}
    >>> evaluator = SpearmanEvaluator(
    ...     lambda texts: np.array([vectors[text] for text in texts]),
    ...     ["a", "a", "b"],
    ...     ["b", "c", "c"],
    ...     labels=[5, 1, 2],
    ... )
    >>> evaluator.evaluate()  # cosines 0.995, 0, 0.0995
    {'spearman': 1.0}

    Reference:
        https://kexue.fm/archives/8454
    """

    def __init__(self, encoder, first_texts, second_texts, labels, name="val"):
        super().__init__(encoder, name)
        check_pairs(first_texts, second_texts, labels)
        self.first_texts = first_texts
        self.second_texts = second_texts
        self.labels = np.asarray(labels)

    def evaluate(self):
        """Returns `{"spearman": float}` for the encoder as it is now."""
        cosines = self.cosines(self.first_texts, self.second_texts)
        return {"spearman": spearman(cosines, self.labels)}
