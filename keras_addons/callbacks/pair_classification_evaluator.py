"""Classification scores of pairs of texts after every epoch."""

import numpy as np

from keras_addons.callbacks.evaluator import Evaluator
from keras_addons.callbacks.evaluator import check_pairs
from keras_addons.metrics import pair_classification


class PairClassificationEvaluator(Evaluator):
    """Logs best accuracy, best F1 and their thresholds after each epoch.

    The scores of `metrics.pair_classification` for the cosines of the pairs,
    as `{name}_accuracy`, `{name}_f1` and so on. The thresholds are chosen on
    the same pairs, so expect lower scores on other pairs. Time: one pass of
    the encoder over the texts in every epoch.

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
        labels: 1 for each positive pair, 0 for each negative pair.
        name: string, the prefix in the logs. Defaults to "val".

    Raises:
        ValueError: texts and labels differ in number, or are empty.

    Example:

    >>> import numpy as np
    >>> from keras_addons.callbacks import PairClassificationEvaluator
    >>> vectors = {"a": [1, 0], "b": [1, 0.1], "c": [0, 1]}
    >>> evaluator = PairClassificationEvaluator(
    ...     lambda texts: np.array([vectors[text] for text in texts]),
    ...     ["a", "a"],
    ...     ["b", "c"],
    ...     labels=[1, 0],
    ... )
    >>> evaluator.evaluate()["accuracy"]
    1.0

    Reference:
        [Reimers and Gurevych, 2019](https://arxiv.org/abs/1908.10084)
    """

    def __init__(self, encoder, first_texts, second_texts, labels, name="val"):
        super().__init__(encoder, name)
        check_pairs(first_texts, second_texts, labels)
        self.first_texts = first_texts
        self.second_texts = second_texts
        self.labels = np.asarray(labels)

    def evaluate(self):
        """Returns the present scores of the encoder."""
        cosines = self.cosines(self.first_texts, self.second_texts)
        return pair_classification(cosines, self.labels)
