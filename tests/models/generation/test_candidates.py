import numpy as np
import pytest

from keras_addons.models.generation.candidates import draw
from keras_addons.models.generation.candidates import keep_top_k
from keras_addons.models.generation.candidates import keep_top_p
from keras_addons.models.generation.candidates import log_softmax


def random_logits(rows=20, size=30, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(scale=2, size=(rows, size)).astype("float32")


def kept(logits):
    return [set(np.flatnonzero(np.isfinite(row))) for row in logits]


def top_p_by_loop(row, top_p):
    probabilities = np.exp(row) / np.exp(row).sum()
    chosen, total = set(), 0.0
    for token in sorted(range(len(row)), key=lambda i: -probabilities[i]):
        chosen.add(token)
        total += probabilities[token]
        if total >= top_p:
            break
    return chosen


@pytest.mark.parametrize("top_p", [0.1, 0.5, 0.9, 0.99])
def test_top_p_is_the_smallest_set_of_that_probability(top_p):
    logits = random_logits()
    expected = [top_p_by_loop(row.astype("float64"), top_p) for row in logits]
    assert kept(keep_top_p(logits, top_p)) == expected


def test_top_p_by_hand():
    # .5 and .3 have .8 together, which is enough for .8 and not for .81.
    logits = np.log([[0.3, 0.5, 0.15, 0.05]])
    assert kept(keep_top_p(logits, 0.79)) == [{0, 1}]
    assert kept(keep_top_p(logits, 0.81)) == [{0, 1, 2}]
    assert kept(keep_top_p(logits, 1e-9)) == [{1}]
    assert kept(keep_top_p(logits, 1.0)) == [{0, 1, 2, 3}]


def test_top_p_of_what_top_k_left():
    # Of 5 and 3 in 8, the first has .625.
    logits = keep_top_k(np.log([[0.3, 0.5, 0.15, 0.05]]), 2)
    assert kept(keep_top_p(logits, 0.62)) == [{1}]
    assert kept(keep_top_p(logits, 0.63)) == [{0, 1}]
    assert kept(keep_top_p(logits, 1.0)) == [{0, 1}]


@pytest.mark.parametrize("top_k", [1, 7, 30, 99])
def test_top_k_are_the_first_of_the_sorted(top_k):
    logits = random_logits()
    expected = [set(np.argsort(-row)[:top_k]) for row in logits]
    assert kept(keep_top_k(logits, top_k)) == expected


def test_what_is_kept_keeps_its_logits():
    logits = random_logits()
    for left in (keep_top_k(logits, 5), keep_top_p(logits, 0.5)):
        finite = np.isfinite(left)
        np.testing.assert_array_equal(left[finite], logits[finite])


def test_draws_follow_the_probabilities():
    probabilities = np.array([0.5, 0.3, 0.0, 0.15, 0.05])
    with np.errstate(divide="ignore"):
        logits = np.tile(np.log(probabilities), (20000, 1))
    drawn = draw(logits, np.random.default_rng(0).random(20000))
    frequencies = np.bincount(drawn, minlength=5) / 20000
    # Five standard deviations of a binomial, 1 in 1.7 million.
    bounds = 5 * np.sqrt(probabilities * (1 - probabilities) / 20000)
    assert (np.abs(frequencies - probabilities) <= bounds).all()


def test_the_ends_of_the_unit_interval_draw_what_is_allowed():
    logits = np.array([[-np.inf, 0.0, 0.0, -np.inf]] * 2, "float32")
    uniform = np.array([0.0, np.nextafter(1.0, 0.0)])
    assert draw(logits, uniform).tolist() == [1, 2]


def test_log_softmax_by_hand():
    # Odds of 1 to 3; far out, where exp would overflow.
    logits = np.array([[1000.0, 1000.0 + np.log(3.0), -np.inf]])
    expected = [[np.log(0.25), np.log(0.75), -np.inf]]
    np.testing.assert_allclose(log_softmax(logits), expected, atol=1e-9)
