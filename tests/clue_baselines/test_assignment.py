from itertools import permutations

import numpy as np
import pytest

from clue_baselines.harness.heads.assignment import assign


def total(scores, columns):
    return sum(scores[row, column] for row, column in enumerate(columns))


def greedy_without_repeats(scores):
    """The best pair first, then the best of what is left."""
    scores = scores.copy()
    columns = [None] * len(scores)
    for _ in range(len(scores)):
        row, column = np.unravel_index(scores.argmax(), scores.shape)
        columns[row] = column
        scores[row], scores[:, column] = -np.inf, -np.inf
    return columns


@pytest.mark.parametrize("seed", range(20))
def test_the_total_is_the_largest_of_all_permutations(seed):
    draw = np.random.default_rng(seed)
    num_rows = int(draw.integers(1, 5))
    scores = draw.normal(size=(num_rows, 5))
    columns = assign(scores)
    assert len(set(columns)) == num_rows
    best = max(total(scores, each) for each in permutations(range(5), num_rows))
    assert total(scores, columns) == pytest.approx(best)
    assert best >= total(scores, greedy_without_repeats(scores)) - 1e-9


def test_a_constant_of_a_row_changes_nothing():
    # So logits are as good as the logarithms of a softmax.
    scores = np.random.default_rng(0).normal(size=(6, 10))
    moved = scores + np.arange(6)[:, None]
    assert assign(scores) == assign(moved)


def test_more_rows_than_columns_share_them_evenly():
    scores = np.random.default_rng(0).normal(size=(7, 3))
    counts = np.bincount(assign(scores), minlength=3)
    assert counts.sum() == 7 and counts.max() == 3


def test_nan_is_chosen_last():
    assert assign(np.array([[np.nan, -5.0]])) == [1]
    assert sorted(assign(np.full((2, 2), np.nan))) == [0, 1]
