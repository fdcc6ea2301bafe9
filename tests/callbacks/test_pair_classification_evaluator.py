import numpy as np
import pytest

from keras_addons.callbacks import PairClassificationEvaluator
from keras_addons.metrics import pair_classification


def test_the_evaluator_classifies_the_cosines_of_the_pairs():
    vectors = {"a": [2, 0], "b": [1, 0.1], "c": [0, 3]}
    evaluator = PairClassificationEvaluator(
        lambda texts: [vectors[text] for text in texts],
        ["a", "a", "b"],
        ["b", "c", "c"],
        [1, 0, 0],
    )
    cosines = [1 / np.sqrt(1.01), 0.0, 0.1 / np.sqrt(1.01)]
    assert evaluator.evaluate() == pytest.approx(
        pair_classification(cosines, [1, 0, 0])
    )


def test_a_label_for_each_pair():
    with pytest.raises(ValueError, match="must have the same"):
        PairClassificationEvaluator(None, ["a"], ["b"], [0, 1])
