import numpy as np
import pytest

from keras_addons.retrieval import hard_negatives
from keras_addons.retrieval import mine_hard_negatives
from keras_addons.retrieval import nearest

RANDOM = np.random.default_rng(0)
QUERIES = RANDOM.normal(size=(12, 5))
CORPUS = RANDOM.normal(size=(40, 5))
POSITIVES = [
    RANDOM.choice(40, RANDOM.integers(1, 4), replace=False).tolist()
    for _ in QUERIES
]
OFF = {
    "range_min": 0,
    "range_max": None,
    "min_score": -np.inf,
    "max_score": np.inf,
    "absolute_margin": None,
    "relative_margin": None,
}


def by_loops(num_negatives, **rules):
    """The rules of the docstring, candidate by candidate."""
    rules = {**OFF, **rules}
    answers = []
    for query, right in zip(QUERIES, POSITIVES):
        scores = [
            query @ row / np.linalg.norm(query) / np.linalg.norm(row)
            for row in CORPUS
        ]
        lowest = min(scores[row] for row in right)
        rows = sorted(range(40), key=lambda row: -scores[row])
        rows = [row for row in rows if row not in right][: rules["range_max"]]
        kept = []
        for row in rows:
            score = scores[row]
            if not rules["min_score"] <= score <= rules["max_score"]:
                continue
            absolute, relative = rules["absolute_margin"], 0.0
            if absolute is not None and score > lowest - absolute:
                continue
            relative = rules["relative_margin"]
            if relative is not None and score > lowest - relative * abs(lowest):
                continue
            kept.append(row)
        kept = kept[rules["range_min"] :][:num_negatives]
        answers.append(kept + [-1] * (num_negatives - len(kept)))
    return answers


RULES = [
    {},
    {"range_min": 2},
    {"range_max": 4},
    {"range_min": 3, "range_max": 5},
    {"max_score": 0.5},
    {"min_score": 0.6},
    {"absolute_margin": 0.0},
    {"absolute_margin": 0.3},
    {"relative_margin": 0.05},
    {"relative_margin": 0.2, "range_max": 15, "range_min": 1},
    {"absolute_margin": 0.1, "max_score": 0.4, "min_score": -0.2},
]


@pytest.mark.parametrize("num_negatives", [1, 6, 60])
@pytest.mark.parametrize("rules", RULES, ids=str)
def test_negatives_are_those_of_plain_loops(rules, num_negatives):
    mined = mine_hard_negatives(
        QUERIES, CORPUS, POSITIVES, num_negatives, **rules
    )
    assert mined.tolist() == by_loops(num_negatives, **rules)


@pytest.mark.parametrize("block_size", [1, 100])
def test_blocks_change_nothing(block_size, monkeypatch):
    whole = mine_hard_negatives(QUERIES, CORPUS, POSITIVES, relative_margin=0.1)
    monkeypatch.setattr(hard_negatives, "BLOCK_SIZE", block_size)
    assert nearest.BLOCK_SIZE > 40 * 12
    mined = mine_hard_negatives(QUERIES, CORPUS, POSITIVES, relative_margin=0.1)
    np.testing.assert_array_equal(mined, whole)


def test_one_positive_may_be_a_number():
    mined = mine_hard_negatives(QUERIES, CORPUS, np.arange(12))
    lists = mine_hard_negatives(QUERIES, CORPUS, [{row} for row in range(12)])
    np.testing.assert_array_equal(mined, lists)
    assert not (mined == np.arange(12)[:, None]).any()


@pytest.mark.parametrize(
    "message, change",
    [
        ("Received: 11 and 12", {"positives": POSITIVES[:11]}),
        ("for query 3", {"positives": [[0]] * 3 + [[]] + [[0]] * 8}),
        ("for query 0", {"positives": [[40]] + [[0]] * 11}),
        ("for query 0", {"positives": [[-1]] + [[0]] * 11}),
        ("shapes", {"corpus": CORPUS[:, :4]}),
        ("shapes", {"queries": QUERIES[0]}),
        ("`queries` must be finite", {"queries": QUERIES * np.nan}),
        (
            "`corpus` must be finite",
            {"corpus": np.where(CORPUS > 2, np.inf, CORPUS)},
        ),
        ("`num_negatives` must be positive", {"num_negatives": 0}),
        ("`range_min` must not be negative", {"range_min": -1}),
        ("larger than `range_min`=2. Received: 2", {"range_min": 2}),
    ],
)
def test_bad_input_is_refused(message, change):
    arguments = {"queries": QUERIES, "corpus": CORPUS, "positives": POSITIVES}
    if change == {"range_min": 2}:
        change = {"range_min": 2, "range_max": 2}
    with pytest.raises(ValueError, match=message):
        mine_hard_negatives(**{**arguments, **change})
