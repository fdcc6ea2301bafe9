import numpy as np
import pytest

from keras_addons.retrieval.nearest import top_k
from keras_addons.retrieval.nearest import top_rows
from keras_addons.retrieval.nearest import unit_rows

RANDOM = np.random.default_rng(0)


def test_rows_are_divided_by_their_lengths_and_zeros_stay():
    # |(3, 4)| = 5.
    rows = unit_rows([[3, 4], [0, 0]])
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]], rtol=1e-6)
    assert rows.dtype == "float32"
    assert unit_rows(np.ones((2, 3), "float64")).dtype == "float64"


@pytest.mark.parametrize("block_size", [1, 100, 1 << 24])
@pytest.mark.parametrize("k", [1, 5, 30, 99])
def test_the_best_rows_are_those_of_a_full_sort(k, block_size):
    # Few distinct integers: many ties, which the smaller row wins.
    queries = RANDOM.integers(-1, 2, (7, 3)).astype("float32")
    corpus = RANDOM.integers(-1, 2, (30, 3)).astype("float32")
    scores, rows = top_rows(queries, corpus, k, block_size)
    assert scores.shape == rows.shape == (7, min(k, 30))
    for number, query in enumerate(queries):
        products = [float(query @ row) for row in corpus]
        order = sorted(range(30), key=lambda row: (-products[row], row))[:k]
        assert rows[number].tolist() == order
        assert scores[number].tolist() == [products[row] for row in order]


def test_no_place_or_no_query_is_an_empty_answer():
    assert top_k(np.zeros((2, 3)), 0)[1].shape == (2, 0)
    assert top_rows(np.zeros((0, 4)), np.zeros((5, 4)), 3)[1].shape == (0, 3)
    assert top_rows(np.zeros((2, 4)), np.zeros((0, 4)), 3)[1].shape == (2, 0)
