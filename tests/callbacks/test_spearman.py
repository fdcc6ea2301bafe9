import numpy as np
import pytest

from keras_addons.callbacks import SpearmanEvaluator
from keras_addons.callbacks import spearman

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("num_values", [2, 3, 10, 1000])
def test_it_is_scipys_with_ties(num_values):
    stats = pytest.importorskip("scipy.stats")
    for _ in range(20):
        predictions = RANDOM.integers(0, num_values, 50) / 7
        labels = RANDOM.integers(0, 6, 50)
        expected = stats.spearmanr(predictions, labels).statistic
        assert spearman(predictions, labels) == pytest.approx(expected)


def test_three_values_by_hand():
    # Ranks 1, 2, 3 and 1.5, 1.5, 3: the products of the differences from 2
    # sum to 0.5 + 1 = 1.5, the squares to 2 and 0.5 + 1 = 1.5.
    expected = 1.5 / np.sqrt(2 * 1.5)
    assert spearman([0.1, 0.2, 0.9], [0, 0, 5]) == pytest.approx(expected)


def test_only_the_order_counts():
    predictions, labels = RANDOM.normal(size=(2, 40))
    expected = spearman(predictions, labels)
    assert spearman(np.exp(predictions), labels**3) == pytest.approx(expected)
    assert spearman(-predictions, labels) == pytest.approx(-expected)


def test_without_an_order_there_is_no_correlation():
    assert np.isnan(spearman([1, 1, 1], [0, 1, 2]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_has_no_rank(value):
    # NaN would be ranked as the largest, and correlate perfectly here.
    assert np.isnan(spearman([0.1, 0.2, value], [1, 2, 3]))
    assert np.isnan(spearman([0.1, 0.2, 0.3], [1, 2, value]))


@pytest.mark.parametrize("labels", [[0, 1], [[0, 1, 2]]])
def test_other_shapes_are_refused(labels):
    with pytest.raises(ValueError, match="one axis of equal length"):
        spearman([0.1, 0.2, 0.3], labels)


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
    with pytest.raises(ValueError, match="must be equally many"):
        SpearmanEvaluator(None, ["a", "b"], ["c", "d"], labels)
    with pytest.raises(ValueError, match="at least one"):
        SpearmanEvaluator(None, [], [], [])
