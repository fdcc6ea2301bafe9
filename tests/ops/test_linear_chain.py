"""Likelihood and decoding against the enumeration of all paths."""

from itertools import product

import numpy as np
import pytest
from keras import ops

from keras_addons.ops import crf_decode
from keras_addons.ops import crf_log_likelihood
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

TEXTS, LENGTH, NUM_TAGS = 4, 5, 3
RANDOM = np.random.default_rng(1)
EMISSIONS = 2 * normal(TEXTS, LENGTH, NUM_TAGS)
TRANSITIONS = normal(NUM_TAGS, NUM_TAGS)
TAGS = RANDOM.integers(0, NUM_TAGS, (TEXTS, LENGTH))
# Whole; padded at the end; at the start and inside; one token.
MASK = np.array(
    [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 1, 0, 1, 1], [0, 0, 1, 0, 0]], bool
)


def score(text, path):
    """Of the tags of the tokens of a text, whose padding is left out."""
    emissions = EMISSIONS[text][MASK[text]].astype("float64")
    total = sum(row[tag] for row, tag in zip(emissions, path))
    return total + sum(TRANSITIONS[pair] for pair in zip(path, path[1:]))


def scores(text):
    """{path: score} of all paths."""
    paths = product(range(NUM_TAGS), repeat=MASK[text].sum())
    return {path: score(text, path) for path in paths}


def log_total(values):
    return np.log(np.sum(np.exp(np.array(list(values)))))


def path_of(text):
    return tuple(TAGS[text][MASK[text]].tolist())


def likelihoods(tags=TAGS, emissions=EMISSIONS, transitions=TRANSITIONS):
    return as_float32(crf_log_likelihood(emissions, tags, transitions, MASK))


def test_it_is_the_share_of_the_path_among_all_paths():
    expected = [
        score(text, path_of(text)) - log_total(scores(text).values())
        for text in range(TEXTS)
    ]
    np.testing.assert_allclose(likelihoods(), expected, rtol=1e-5)


def test_what_cannot_follow_has_no_probability_and_no_gradient():
    # Tag 1 never follows tag 0: -1e4 as the score of a forbidden transition,
    # far below where float32 has an exponential.
    forbidden = TRANSITIONS.copy()
    forbidden[0, 1] = -1e4
    tags = np.full((1, 2), -100)  # any path
    given = EMISSIONS[:1, :2]
    paths = [
        given[0, 0, a] + given[0, 1, b] + TRANSITIONS[a, b]
        for a, b in product(range(NUM_TAGS), repeat=2)
        if (a, b) != (0, 1)
    ]
    known = np.array([[2, 1]])
    expected = given[0, 0, 2] + given[0, 1, 1] + TRANSITIONS[2, 1]

    def mean(transitions):
        likelihood = crf_log_likelihood(given, known, transitions)
        return ops.mean(likelihood)

    value, gradient = value_and_gradients(mean, forbidden)
    np.testing.assert_allclose(value, expected - log_total(paths), rtol=1e-5)
    assert gradient[0][0, 1] == 0 and np.abs(gradient[0]).max() > 0.01
    np.testing.assert_allclose(
        as_float32(crf_log_likelihood(given, tags, forbidden)), 0, atol=1e-6
    )


def test_unknown_tags_are_summed_over():
    tags = TAGS.copy()
    tags[:, [1, 3]] = [-1, -100]
    expected = []
    for text in range(TEXTS):
        known = tags[text][MASK[text]]
        fitting = [
            value
            for path, value in scores(text).items()
            if all(tag in (each, -1, -100) for each, tag in zip(path, known))
        ]
        expected.append(log_total(fitting) - log_total(scores(text).values()))
    np.testing.assert_allclose(likelihoods(tags), expected, atol=1e-5)
    all_unknown = likelihoods(np.full_like(TAGS, -1))
    np.testing.assert_allclose(all_unknown, np.zeros(TEXTS), atol=1e-6)


def test_without_transitions_it_is_a_softmax_for_each_token():
    logs = EMISSIONS - np.log(np.exp(EMISSIONS).sum(-1, keepdims=True))
    of_tags = np.take_along_axis(logs, TAGS[..., None], -1)[..., 0]
    expected = (of_tags * MASK).sum(1)
    actual = likelihoods(transitions=0 * TRANSITIONS)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_the_best_path_has_the_highest_score():
    answers = ops.convert_to_numpy(crf_decode(EMISSIONS, TRANSITIONS, MASK))
    for text in range(TEXTS):
        best = max(scores(text), key=scores(text).get)
        expected = np.zeros(LENGTH, int)
        expected[MASK[text]] = best
        np.testing.assert_array_equal(answers[text], expected)


def test_padding_and_its_tags_change_nothing():
    emissions = np.where(MASK[..., None], EMISSIONS, 1e4).astype("float32")
    tags = np.where(MASK, TAGS, 99)
    np.testing.assert_array_equal(likelihoods(tags, emissions), likelihoods())
    short = crf_log_likelihood(
        EMISSIONS[1:2, :3], TAGS[1:2, :3], TRANSITIONS, None
    )
    np.testing.assert_allclose(likelihoods()[1], short[0], rtol=1e-6)


def test_a_text_without_tokens_is_certain():
    nothing = np.zeros((TEXTS, LENGTH), bool)
    value, gradients = value_and_gradients(
        lambda e, a: ops.sum(crf_log_likelihood(e, TAGS, a, nothing)),
        EMISSIONS,
        TRANSITIONS,
    )
    assert value == 0.0
    assert not any(each.any() for each in gradients)
    assert not ops.convert_to_numpy(
        crf_decode(EMISSIONS, TRANSITIONS, nothing)
    ).any()


def test_a_single_token_has_no_transition():
    value = crf_log_likelihood(EMISSIONS[:, :1], TAGS[:, :1], TRANSITIONS)
    logs = EMISSIONS[:, 0]
    expected = logs[range(TEXTS), TAGS[:, 0]] - np.log(np.exp(logs).sum(-1))
    np.testing.assert_allclose(as_float32(value), expected, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_gradient_is_labels_minus_expectations(jit_compile):
    # d log p / d e_t[k] = [y_t = k] - p(y_t = k), and for transitions the
    # number of times that they are taken, minus the expected one.
    weights = [1.0, 2.0, -1.0, 0.5]
    by_emission = np.zeros_like(EMISSIONS, "float64")
    by_transition = np.zeros_like(TRANSITIONS, "float64")
    for text in range(TEXTS):
        total = log_total(scores(text).values())
        places = np.flatnonzero(MASK[text])
        shares = {p: -np.exp(s - total) for p, s in scores(text).items()}
        shares[path_of(text)] += 1
        for path, share in shares.items():
            share = share * weights[text]
            for place, tag in zip(places, path):
                by_emission[text, place, tag] += share
            for pair in zip(path, path[1:]):
                by_transition[pair] += share
    _, gradients = value_and_gradients(
        lambda e, a: ops.sum(
            ops.multiply(weights, crf_log_likelihood(e, TAGS, a, MASK))
        ),
        EMISSIONS,
        TRANSITIONS,
        jit_compile=jit_compile,
    )
    np.testing.assert_allclose(gradients[0], by_emission, atol=1e-5)
    np.testing.assert_allclose(gradients[1], by_transition, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("size", [1.0, 3e4])
def test_low_precision_stays_finite(dtype, size):
    value, gradients = value_and_gradients(
        lambda e, a: (
            -ops.sum(
                crf_log_likelihood(ops.cast(e, dtype), TAGS, ops.cast(a, dtype))
            )
        ),
        size / 4 * EMISSIONS,
        size / 4 * TRANSITIONS,
    )
    assert np.isfinite(value) and value >= 0
    assert all(np.all(np.isfinite(each)) for each in gradients)


def test_forbidden_transitions_keep_the_gradient_finite():
    transitions = TRANSITIONS.copy()
    transitions[0, 1] = -1e4
    _, gradients = value_and_gradients(
        lambda e, a: ops.sum(crf_log_likelihood(e, TAGS * 0, a, MASK)),
        EMISSIONS,
        transitions,
    )
    assert all(np.all(np.isfinite(each)) for each in gradients)
    assert gradients[1][0, 1] == 0.0
    answers = ops.convert_to_numpy(crf_decode(EMISSIONS, transitions))
    pairs = set(zip(answers[:, :-1].ravel(), answers[:, 1:].ravel()))
    assert (0, 1) not in pairs


def test_a_long_text_keeps_its_digits():
    # Zeros: log p = -n log k, 1,000 * log(3).
    emissions = np.zeros((1, 1000, 3), "float32")
    value = crf_log_likelihood(
        emissions, np.zeros((1, 1000)), np.zeros((3, 3), "float32")
    )
    np.testing.assert_allclose(
        as_float32(value), [-1000 * np.log(3)], rtol=1e-5
    )


def test_a_tag_beyond_the_last_is_impossible():
    tags = TAGS.copy()
    tags[0, 0] = NUM_TAGS
    assert likelihoods(tags)[0] < -1e8
    assert np.isfinite(likelihoods(tags)).all()
