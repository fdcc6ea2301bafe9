import numpy as np
import pytest

from keras_addons.callbacks import SpearmanEvaluator
from keras_addons.metrics import spearman

RANDOM = np.random.default_rng(0)


def test_the_evaluator_correlates_the_cosines_of_the_pairs():
    texts = [f"text {i}" for i in range(12)]
    vectors = dict(zip(texts, RANDOM.normal(size=(12, 5))))
    labels = RANDOM.integers(0, 3, 6)
    calls = []

    def encode(texts):
        calls.append(list(texts))
        return np.array([vectors[text] for text in texts])

    evaluator = SpearmanEvaluator(encode, texts[:6], texts[6:], labels)
    cosines = []
    for text, other in zip(texts[:6], texts[6:]):
        x, y = vectors[text], vectors[other]
        cosines.append(x @ y / np.sqrt((x @ x) * (y @ y)))
    expected = spearman(cosines, labels)
    assert evaluator.evaluate() == {"spearman": pytest.approx(expected)}
    assert calls == [texts]  # one call: batches of similar lengths


@pytest.mark.parametrize("labels", [[1], [1, 0, 1]])
def test_a_label_for_each_pair(labels):
    with pytest.raises(ValueError, match="must have the same"):
        SpearmanEvaluator(None, ["a", "b"], ["c", "d"], labels)
    with pytest.raises(ValueError, match="at least one"):
        SpearmanEvaluator(None, [], [], [])
