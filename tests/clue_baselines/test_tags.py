import itertools
from typing import NamedTuple

import numpy as np
import pytest

from clue_baselines.harness.heads.tags import NEVER
from clue_baselines.harness.heads.tags import legal_scores
from clue_baselines.harness.heads.tags import num_tags
from clue_baselines.harness.heads.tags import spans_of_tags
from clue_baselines.harness.heads.tags import tag_rows
from keras_addons.text import Encoding


class Labelled(NamedTuple):
    encodings: list
    targets: np.ndarray


def tags_of(length, target):
    encoding = Encoding([1] * length, [0] * length)
    (tags,) = tag_rows(Labelled([encoding], np.array([target])))
    return tags


def test_tags_by_hand():
    # Type 0: tokens 1 to 3, and token 5; type 1: token 4. Tags of type 0:
    # first 1, inside 2, last 3, single 4; of type 1: 5 to 8.
    target = [[[1, 3], [5, 5]], [[4, 4], [-1, -1]]]
    tags = tags_of(7, target)
    assert tags == [0, 1, 2, 3, 8, 4, 0]
    assert max(tags) < num_tags(2)
    assert spans_of_tags(tags).tolist() == [[0, 1, 3], [1, 4, 4], [0, 5, 5]]


def test_of_entities_that_overlap_the_longest_counts():
    target = [[[0, 1], [-1, -1]], [[1, 3], [5, 6]], [[5, 6], [-1, -1]]]
    # Type 1 has tokens 1 to 3; of tokens 5 and 6 the first type.
    assert tags_of(7, target) == [0, 5, 6, 7, 0, 5, 7]


def test_what_is_not_closed_by_its_own_type_is_no_entity():
    # Without a first token; broken off by O; closed by another type; whole.
    for tags in ([2, 3], [1, 0, 3], [1, 2, 7], [1, 6, 3], [1, 4, 3]):
        spans = spans_of_tags(tags).tolist()
        assert spans == ([[0, 1, 1]] if 4 in tags else []), tags
    assert spans_of_tags([1, 1, 3]).tolist() == [[0, 1, 2]]
    assert spans_of_tags([0, 0]).shape == (0, 3)


def test_legal_are_those_sequences_that_come_back():
    # All 9^3 sequences of three tags of two types: those whose spans give the
    # same tags again, and no others, have a score above NEVER.
    transitions, starts, ends = legal_scores(2)
    for tags in itertools.product(range(num_tags(2)), repeat=3):
        a, b, c = tags
        score = starts[a] + transitions[a, b] + transitions[b, c] + ends[c]
        spans = spans_of_tags(tags).tolist()
        target = np.full((2, 3, 2), -1)
        for number, (kind, *span) in enumerate(spans):
            target[kind, number] = span
        assert (score == 0) == (tags_of(3, target) == list(tags)), tags
        assert score == 0 or score <= NEVER


@pytest.mark.parametrize("seed", range(10))
def test_spans_that_do_not_overlap_come_back(seed):
    draw = np.random.default_rng(seed)
    spans, place = [], 0
    while place < 20:
        place += int(draw.integers(0, 3))
        end = place + int(draw.integers(0, 4))
        spans.append([int(draw.integers(3)), place, end])
        place = end + 1
    target = np.full((3, len(spans), 2), -1)
    for number, (kind, *span) in enumerate(spans):
        target[kind, number] = span
    assert spans_of_tags(tags_of(place, target)).tolist() == spans
