import keras
import numpy as np
import pytest

from keras_addons import models
from keras_addons.models.generation.cached_step import CachedStep
from tests.models.generation.plain import Plain
from tests.models.generation.plain import count_calls
from tests.models.generation.plain import random_model

PROMPTS = np.array([[2, 7, 8, 9, 3], [2, 9, 3, 0, 0]])


def assert_equal_answers(decoder, plain, prompts, num_steps, tolerance=1e-4):
    """Random tokens; from the third step on, rows go on from other rows."""
    generator = np.random.default_rng(0)
    actual, expected = decoder.start(prompts), plain.start(prompts)
    for number in range(num_steps):
        np.testing.assert_allclose(actual, expected, atol=tolerance)
        parents = None
        if number >= 2:
            parents = generator.integers(0, len(actual), len(actual))
        token_ids = generator.integers(5, 30, len(actual))
        actual = decoder.step(token_ids, parents)
        expected = plain.step(token_ids, parents)
    np.testing.assert_allclose(actual, expected, atol=tolerance)


@pytest.mark.parametrize(
    ("family", "attention"),
    [(models.RoFormer, "unilm"), (models.Bert, "causal")],
)
def test_the_logits_are_those_of_the_whole_text(family, attention, monkeypatch):
    model = random_model(family, num_layers=2, attention=attention)
    decoder = models.CachedDecoder(model, 2, max_length=11, copies=2)
    calls = count_calls(monkeypatch)
    assert_equal_answers(decoder, Plain(model, copies=2), PROMPTS, 6)
    # A start, a step and a step that goes on from other rows: each is compiled
    # once.
    if keras.backend.backend() != "torch":
        assert len(calls) == 3


@pytest.fixture(scope="module")
def model():
    return models.RoFormer(
        30, 1, 2, 8, 16, attention="unilm", with_lm_head=True, embedding_dim=4
    )


@pytest.fixture(scope="module")
def decoder(model):
    return models.CachedDecoder(model, 2, max_length=8)


def test_a_start_forgets_and_sees_new_weights(decoder, model):
    decoder.start(PROMPTS)
    decoder.step([5, 6])
    model.set_weights([weight * 2 for weight in model.get_weights()])
    other = np.array([[2, 11, 3, 0, 0], [2, 12, 13, 14, 3]])
    assert_equal_answers(decoder, Plain(model), other, 2)


def test_a_prompt_may_hold_the_beginning_of_the_answer(decoder):
    prompts = np.array([[2, 7, 3, 0, 0], [2, 9, 3, 0, 0]])
    decoder.start(prompts)
    decoder.step([8, 10])
    logits = decoder.step([9, 11])
    prompts[:, 3:] = [[8, 9], [10, 11]]
    at_once = decoder.start(prompts, [[0, 0, 0, 1, 1]] * 2)
    np.testing.assert_allclose(at_once, logits, atol=1e-4)


def test_mixed_precision_halves_the_cache():
    model = random_model(
        models.RoFormer, attention="unilm", dtype="mixed_bfloat16"
    )
    decoder = models.CachedDecoder(model, 2, max_length=8)
    # bfloat16 has 8 bits: 1 / 256 of logits up to 10, and a few roundings.
    assert_equal_answers(decoder, Plain(model), PROMPTS, 1, tolerance=0.2)
    assert decoder.start(PROMPTS).dtype == "float32"
    assert CachedStep(model, 2, 8, 1).cache[0][0].dtype == "bfloat16"


def small(**options):
    return random_model(models.Bert, **{"attention": "unilm", **options})


def test_a_bidirectional_model_cannot_write():
    with pytest.raises(ValueError, match="Received: 'bidirectional'"):
        models.CachedDecoder(small(attention="bidirectional"), 1, 8)


def test_a_model_without_logits_cannot_write():
    model = models.Bert(30, 1, 2, 8, 16, attention="unilm")
    with pytest.raises(ValueError, match="must have `with_lm_head=True`"):
        models.CachedDecoder(model, 1, 8)


def test_another_kind_of_model_is_refused():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="must be a Bert or RoFormer"):
        models.CachedDecoder(model, 1, 8)


@pytest.mark.parametrize("name", ["num_prompts", "max_length", "copies"])
def test_counts_must_be_positive(name):
    counts = {"num_prompts": 1, "max_length": 8, "copies": 1, name: 0}
    with pytest.raises(ValueError, match=f"`{name}` must be .* Received: 0"):
        models.CachedDecoder(small(), **counts)


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ([[2, 3]], r"\(2, length\). Received shape: \(1, 2\)"),
        ([2, 3], r"\(2, length\). Received shape: \(2,\)"),
        ([[0, 2], [2, 3]], "0 only on the right"),
        ([[2, 0], [0, 0]], "must hold a token"),
        ([[2] * 9] * 2, "`max_length`=8. Received: 9"),
        ([[2] * 5 + [0], [2] * 6], "has 7 positions, .* needs 8"),
    ],
    ids=str,
)
def test_prompts_that_do_not_fit_are_refused(prompts, message):
    decoder = models.CachedDecoder(small(max_length=7), 2, 8)
    with pytest.raises(ValueError, match=message):
        decoder.start(prompts)


def test_a_step_needs_a_start_and_room():
    decoder = models.CachedDecoder(small(), 1, 3)
    with pytest.raises(ValueError, match="no room .* Received: 3"):
        decoder.step([5])
    decoder.start([[2, 7, 3]])
    with pytest.raises(ValueError, match="no room"):
        decoder.step([5])
