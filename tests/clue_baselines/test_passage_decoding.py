import numpy as np
import pytest

from clue_baselines.harness.heads.passage_decoding import decode_from_passage
from clue_baselines.harness.heads.passage_decoding import total_score

END = 0


def runs(passage):
    count = len(passage)
    return {
        tuple(passage[i:j])
        for i in range(count)
        for j in range(i + 1, count + 1)
    }


def plainly(probabilities, passage):
    """The definition: try every token, keep those that make a run."""
    found, answer, chosen = runs(passage), (), []
    for place in probabilities:
        allowed = [
            token
            for token in range(len(place))
            if answer + (token,) in found or (token == END and answer)
        ]
        token = max(allowed, key=lambda each: place[each])
        chosen.append(place[token])
        if token == END:
            break
        answer += (token,)
    return np.mean(chosen), answer


@pytest.mark.parametrize("seed", range(50))
def test_the_answer_is_that_of_the_definition(seed):
    draw = np.random.default_rng(seed)
    passage = draw.integers(1, 5, size=draw.integers(1, 12)).tolist()
    probabilities = draw.dirichlet(np.ones(6), size=draw.integers(1, 6))
    score, first, last = decode_from_passage(probabilities, passage, END)
    expected, answer = plainly(probabilities, passage)
    assert passage[first : last + 1] == list(answer)
    assert 0 <= first <= last < len(passage)
    assert score == pytest.approx(expected)


def test_the_answer_of_a_sure_model_is_found():
    passage = [5, 6, 7, 5, 6, 8]
    sure = np.eye(10)[[5, 6, 8, END]]
    assert decode_from_passage(sure, passage, END) == (1.0, 3, 5)
    # The same without room for the end.
    assert decode_from_passage(sure[:3], passage, END) == (1.0, 3, 5)
    # Of equal runs the first.
    assert decode_from_passage(sure[[0, 1, 3]], passage, END) == (1.0, 0, 1)


def test_what_the_passage_does_not_hold_is_never_chosen():
    likely = np.zeros((3, 10))
    likely[:, 9], likely[0, 4], likely[1, 3] = 0.9, 0.1, 0.1
    score, first, last = decode_from_passage(likely, [3, 4], END)
    assert (first, last) == (1, 1)  # 4; nothing stands behind it but the end
    assert score == pytest.approx(0.1 / 2)


def test_several_passages_that_agree_outvote_a_better_one():
    # (0.64) / 1.8 = 0.356; (3 * 0.49) / 3.1 = 0.474
    assert total_score([0.8]) == pytest.approx(0.64 / 1.8)
    assert total_score([0.7] * 3) == pytest.approx(1.47 / 3.1)
    # Two doubtful ones do not outvote: 2 * 0.09 / 1.6 = 0.1125
    assert total_score([0.3, 0.3]) < total_score([0.8])
