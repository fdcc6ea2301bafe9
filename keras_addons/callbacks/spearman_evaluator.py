"""Spearman's rank correlation of similarities after every epoch."""

import numpy as np

from keras_addons.callbacks.evaluator import Evaluator
from keras_addons.callbacks.evaluator import check_pairs
from keras_addons.metrics import spearman


class SpearmanEvaluator(Evaluator):
    """Logs the Spearman correlation of cosines and labels after each epoch.

    The usual score of sentence embeddings on graded pairs (STS). The logs
    hold it as `{name}_spearman`. Put callbacks that use it, with `mode="max"`,
    after this one in the list. Time: one pass of the encoder over the texts
    in every epoch.

    If an embedding contains NaN or infinity, all scores are NaN, with a
    warning. Until the first finite score the logs hold -inf instead, because
    Keras would keep a NaN of the first epoch as the best value. Give
    `ModelCheckpoint` the argument `initial_value_threshold=float("-inf")`, so
    that it does not save a first epoch that diverged.

    Args:
        encoder: `text.SentenceEncoder`, or a function from a list of strings
            to an array (n, dim).
        first_texts: list of strings.
        second_texts: list of strings, the second text of each pair.
        labels: numbers, the similarity of each pair.
        name: string, the prefix in the logs. Defaults to "val".

    Raises:
        ValueError: texts and labels differ in number, or are empty.

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
        """Returns `{"spearman": float}`, the present score of the encoder."""
        cosines = self.cosines(self.first_texts, self.second_texts)
        return {"spearman": spearman(cosines, self.labels)}
