"""Scores by hand."""

import pytest

from clue_baselines.harness.scores import reading_scores


@pytest.mark.parametrize(
    ("answer", "right", "exact", "f1"),
    [
        ("红楼梦", ["红楼梦"], 1, 1),
        ("《红楼梦》。", ["红楼梦"], 1, 1),  # punctuation does not count
        ("Keras 3", ["keras 3"], 1, 1),
        ("三国", ["红楼梦", "三国"], 1, 1),  # the best counts
        ("水浒", ["红楼梦"], 0, 0),
        # In common: one run of 红楼; precision 2/4, recall 2/3.
        ("读红楼书", ["红楼梦"], 0, 2 * (1 / 2) * (2 / 3) / (1 / 2 + 2 / 3)),
        # 甲乙 and 丁 are in common, but no run of three: 2 of 4, 2 of 4.
        ("甲乙丙丁", ["甲乙戊丁"], 0, 0.5),
        # A word of letters is one segment, as a number is: 1 of 2, 1 of 1.
        ("1986年", ["1986"], 0, 2 * 0.5 / 1.5),
        ("", ["红楼梦"], 0, 0),
    ],
)
def test_exact_match_and_f1_by_hand(answer, right, exact, f1):
    scores = reading_scores([answer], [right])
    assert scores["exact_match"] == exact
    assert scores["f1"] == pytest.approx(f1)


def test_scores_are_means_over_the_questions():
    scores = reading_scores(["红", "绿"], [["红"], ["蓝"]])
    assert scores == {"exact_match": 0.5, "f1": 0.5}
