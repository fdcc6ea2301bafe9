import numpy as np
import pytest

from keras_addons.metrics import retrieval_scores

RANDOM = np.random.default_rng(0)


def by_loops(ranking, relevant, k):
    """The definitions, place by place."""
    mrr, ndcg, recall = [], [], []
    for rows, right in zip(ranking, relevant):
        first = gain = found = 0.0
        for place, row in enumerate(rows[:k], start=1):
            if row in right:
                first = first or 1 / place
                gain += 1 / np.log2(place + 1)
                found += 1
        places = range(1, min(k, len(right)) + 1)
        mrr.append(first)
        ndcg.append(gain / sum(1 / np.log2(place + 1) for place in places))
        recall.append(found / len(right))
    return {
        "mrr": np.mean(mrr),
        "ndcg": np.mean(ndcg),
        "recall": np.mean(recall),
    }


@pytest.mark.parametrize("k", [1, 3, 10, 25])
def test_scores_are_those_of_plain_loops(k):
    ranking = np.array([RANDOM.permutation(20) for _ in range(15)])
    relevant = [
        set(RANDOM.choice(20, RANDOM.integers(1, 8), replace=False).tolist())
        for _ in ranking
    ]
    assert retrieval_scores(ranking, relevant, k) == pytest.approx(
        by_loops(ranking, relevant, k)
    )


def test_a_perfect_and_a_hopeless_ranking():
    perfect = retrieval_scores([[3, 1, 0]], [{1, 3}], k=3)
    assert perfect == pytest.approx({"mrr": 1, "ndcg": 1, "recall": 1})
    hopeless = retrieval_scores([[3, 1, 0]], [{2}], k=3)
    assert hopeless == {"mrr": 0, "ndcg": 0, "recall": 0}


def test_fewer_rows_than_places():
    # One of two found, at place 2: ndcg (1 / log2(3)) / (1 + 1 / log2(3)).
    scores = retrieval_scores([[4, 5]], [{5, 6}], k=10)
    gain = 1 / np.log2(3)
    assert scores["ndcg"] == pytest.approx(gain / (1 + gain))
    assert scores["recall"] == 0.5


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="positive. Received: 0"):
        retrieval_scores([[1]], [{1}], k=0)
    with pytest.raises(ValueError, match="Received: 2 for 1"):
        retrieval_scores([[1]], [{1}, {2}])
    with pytest.raises(ValueError, match="none for query 1"):
        retrieval_scores([[1], [2]], [{1}, set()])
