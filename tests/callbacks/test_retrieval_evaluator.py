import numpy as np
import pytest

from keras_addons.callbacks import RetrievalEvaluator
from keras_addons.metrics import retrieval_scores

RANDOM = np.random.default_rng(0)


def test_the_evaluator_ranks_by_cosines():
    texts = [f"text {i}" for i in range(20)]
    vectors = dict(zip(texts, RANDOM.normal(size=(20, 4))))
    relevant = [{0}, {3, 14}, {7, 8, 9}, {1}, {2}]
    evaluator = RetrievalEvaluator(
        lambda texts: np.array([vectors[text] for text in texts]),
        texts[:5],
        texts[5:],
        relevant,
        k=4,
    )
    ranking = []
    for query in texts[:5]:
        cosines = [
            vectors[query] @ vectors[text] / np.linalg.norm(vectors[text])
            for text in texts[5:]
        ]
        ranking.append(np.argsort(-np.array(cosines)))
    assert evaluator.evaluate() == pytest.approx(
        retrieval_scores(ranking, relevant, 4)
    )


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="2 texts of `corpus`. Received: 2"):
        RetrievalEvaluator(None, ["a"], ["b", "c"], [{0, 2}])
