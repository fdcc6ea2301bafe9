"""Classification scores of pairs of texts after every epoch."""

import numpy as np

from keras_addons.callbacks.evaluator import Evaluator
from keras_addons.callbacks.evaluator import check_pairs
from keras_addons.metrics import pair_classification


class PairClassificationEvaluator(Evaluator):
    """Writes the best accuracy, F1 and their thresholds into the logs.

    What `pair_classification` says of the cosines of the pairs, as
    `{name}_accuracy`, `{name}_f1` and so on. The thresholds are chosen on
    the same pairs: on other pairs the scores are lower. Costs one pass of
    the encoder over the texts in every epoch.

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
        labels: as many, 1 for a pair that belongs together, else 0.
        name: string that the names in the logs begin with.

    Raises:
        ValueError: texts and labels differ in number, or there are none.

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
        """Returns the scores of the encoder as it is now."""
        cosines = self.cosines(self.first_texts, self.second_texts)
        return pair_classification(cosines, self.labels)
