from collections import Counter

import pytest

from clue_baselines.harness.sample_data.news_titles import NEWS
from clue_baselines.harness.sample_data.news_titles import news_titles
from clue_baselines.harness.sample_data.question_pairs import question_pairs


@pytest.mark.parametrize("make", [news_titles, question_pairs])
def test_the_seed_decides(make):
    assert make(50, seed=1) == make(50, seed=1)
    assert make(50, seed=1) != make(50, seed=2)


def test_all_labels_occur_about_equally_often():
    counts = Counter(record["label"] for record in news_titles(1500, 0))
    assert set(counts) == set(NEWS)
    # 100 expected; four standard deviations are 39.
    assert all(61 <= count <= 139 for count in counts.values())


def test_a_subject_alone_does_not_tell_the_label():
    records = [r for r in news_titles(3000, 0) if "手机" in r["sentence"]]
    share = sum(r["label"] == "109" for r in records) / len(records)
    assert 0.7 < share < 0.95


def test_equal_questions_are_worded_differently():
    records = question_pairs(1000, 0)
    equal = [r for r in records if r["label"] == "1"]
    assert 400 < len(equal) < 600
    same = sum(r["sentence1"] == r["sentence2"] for r in equal)
    assert same < 0.2 * len(equal)
