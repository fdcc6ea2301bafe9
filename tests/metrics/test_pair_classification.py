import numpy as np
import pytest

from keras_addons.metrics import pair_classification

RANDOM = np.random.default_rng(0)


def at(threshold, similarities, labels):
    """Accuracy, F1, precision and recall at a threshold, by counting."""
    pairs = list(zip(similarities >= threshold, labels))
    tp = sum(called and label for called, label in pairs)
    fp = sum(called and not label for called, label in pairs)
    fn = sum(not called and label for called, label in pairs)
    tn = len(pairs) - tp - fp - fn
    return (
        (tp + tn) / len(pairs),
        2 * tp / (2 * tp + fp + fn) if tp else 0.0,
        tp / (tp + fp) if tp else 0.0,
        tp / (tp + fn) if tp else 0.0,
    )


def average_precision(similarities, labels):
    total = last = 0.0
    for threshold in sorted(set(similarities), reverse=True):
        *_, precision, recall = at(threshold, similarities, labels)
        total += (recall - last) * precision
        last = recall
    return total


CASES = {
    "distinct": (RANDOM.normal(size=30), RANDOM.integers(0, 2, 30)),
    "ties": (RANDOM.integers(0, 5, 30) / 5, RANDOM.integers(0, 2, 30)),
    "all equal": (np.full(9, 0.5), np.array([1, 0, 1, 1, 0, 0, 0, 0, 1])),
    "no positive": (RANDOM.normal(size=9), np.zeros(9, int)),
    "all positive": (RANDOM.normal(size=9), np.ones(9, int)),
    "one pair": (np.array([0.3]), np.array([1])),
    "neighbours": (np.array([1.0, np.nextafter(1, 2)]), np.array([0, 1])),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nothing_is_better_than_the_best_threshold(case):
    similarities, labels = case
    scores = pair_classification(similarities, labels)
    thresholds = [*similarities, np.inf]  # each set of pairs from the top
    trials = [at(each, similarities, labels) for each in thresholds]
    accuracy, f1, _, _ = np.max(trials, axis=0)
    assert scores["accuracy"] == pytest.approx(accuracy)
    assert scores["f1"] == pytest.approx(f1)
    # And the thresholds that are named do have those scores.
    assert at(scores["accuracy_threshold"], *case)[0] == pytest.approx(accuracy)
    chosen = at(scores["f1_threshold"], *case)[1:]
    assert chosen == pytest.approx(
        (scores["f1"], scores["precision"], scores["recall"])
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_average_precision_by_a_loop_over_the_thresholds(case):
    scores = pair_classification(*case)
    expected = average_precision(*case)
    assert scores["average_precision"] == pytest.approx(expected)


def test_the_threshold_lies_halfway():
    scores = pair_classification([0.9, 0.2, 0.6], [1, 0, 1])
    assert scores["accuracy_threshold"] == pytest.approx((0.6 + 0.2) / 2)


def test_bad_labels_are_refused():
    with pytest.raises(ValueError, match="must be 0 or 1. Received: .*2"):
        pair_classification([0.1, 0.2], [0, 2])
    with pytest.raises(ValueError, match="one axis of equal length"):
        pair_classification([0.1, 0.2], [0])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_similarities_that_are_not_finite_have_no_scores(value):
    # Sorted stably with the positives first, NaN would score 1.0.
    scores = pair_classification([value] * 4, [1, 1, 0, 0])
    assert np.isnan(list(scores.values())).all()
    one_of_them = pair_classification([0.9, 0.8, value, 0.1], [1, 1, 0, 0])
    assert np.isnan(list(one_of_them.values())).all()
