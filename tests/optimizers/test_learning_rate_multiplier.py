import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons import models
from keras_addons.optimizers import LearningRateMultiplier
from keras_addons.optimizers import layer_decay
from tests.checks import check_config_round_trip
from tests.optimizers.training import new_model
from tests.optimizers.training import steps
from tests.optimizers.training import trained


@pytest.mark.parametrize("inner", ["sgd", "adam", "rmsprop", "lion"])
def test_a_multiplied_rate_is_the_inner_optimizer_at_that_rate(inner):
    def optimizer(learning_rate):
        optimizer = keras.optimizers.get(inner)
        optimizer.learning_rate = learning_rate
        return optimizer

    multiplied = LearningRateMultiplier(optimizer(0.02), {"kernel$": 0.25})
    multiplied = trained(multiplied, epochs=1, batch_size=32)  # one step
    for name, rate in {"dense": 0.02, "kernel": 0.005}.items():
        plain = trained(optimizer(rate), epochs=1, batch_size=32)
        for weight, expected in zip(multiplied.weights, plain.weights):
            if ("kernel" in weight.path) == (name == "kernel"):
                np.testing.assert_allclose(
                    weight.numpy(), expected.numpy(), rtol=1e-5, atol=1e-7
                )


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.floats(0, 4, width=32),
    st.floats(0, 4, width=32),
    st.sampled_from(["sgd", "adam", "lion"]),
)
def test_a_step_is_multiplied_by_the_product_of_all_factors(one, other, inner):
    plain = steps(keras.optimizers.get(inner), [[0.5]], [1.0]) - 1
    optimizer = LearningRateMultiplier(inner, {"^emb": one, "dings$": other})
    actual = steps(optimizer, [[0.5]], [1.0]) - 1
    np.testing.assert_allclose(actual, one * other * plain, atol=1e-6)


def test_factors_of_all_matching_patterns_are_multiplied():
    optimizer = LearningRateMultiplier("adam", {"a": 0.5, "b": 3.0, "c": 7})
    assert optimizer.factor("a/b") == 1.5
    assert optimizer.factor("x") == 1


def test_a_factor_of_zero_freezes():
    model = trained(LearningRateMultiplier("adam", {"^table/": 0}))
    start = new_model().get_weights()
    np.testing.assert_array_equal(model.get_weights()[0], start[0])
    assert np.all(model.get_weights()[1] != start[1])


def test_layer_decay_of_an_encoder_and_a_head():
    # Two blocks: 0.5 ** 3 for embeddings, then 0.5 ** 2, 0.5, and the head.
    encoder = models.RoFormer(10, 2, 2, 8, 16)
    head = keras.layers.Dense(2, name="head")
    outputs = head(encoder.output["sequence_output"])
    model = keras.Model(encoder.input, outputs)
    optimizer = LearningRateMultiplier("adam", layer_decay(model, 0.5))
    optimizer.build(model.trainable_variables)
    factors = {
        "token_embedding/embeddings": 0.125,
        "embedding_norm/gamma": 0.125,
        "block_0/attention/query/kernel": 0.25,
        "block_1/feed_forward_norm/beta": 0.5,
        "head/kernel": 1.0,
    }
    for path, factor in factors.items():
        assert optimizer.factor(path) == factor


def test_block_1_is_not_block_10():
    encoder = models.RoFormer(10, 11, 1, 2, 2)
    multipliers = layer_decay(encoder, 0.5)
    optimizer = LearningRateMultiplier("sgd", multipliers)
    assert optimizer.factor("block_10/attention/query/kernel") == 0.5
    assert optimizer.factor("block_1/attention/query/kernel") == 0.5**10


@pytest.mark.parametrize("rate", [0, 1.5, "a"])
def test_the_decay_must_be_a_fraction(rate):
    with pytest.raises(ValueError, match="`rate` must be"):
        layer_decay(new_model(), rate)


def test_a_model_without_blocks_has_no_layer_decay():
    with pytest.raises(ValueError, match="`block`: the pattern"):
        layer_decay(new_model(), 0.9)


def test_a_negative_factor_is_refused():
    with pytest.raises(ValueError, match=r"`multipliers\['a'\]` must be"):
        LearningRateMultiplier("adam", {"a": -1})


def test_a_pattern_that_matches_nothing_is_refused():
    optimizer = LearningRateMultiplier("adam", {"gamma": 2.0})
    with pytest.raises(ValueError, match="`multipliers`: the pattern 'gamma'"):
        optimizer.build(new_model().trainable_variables)


def test_round_trip():
    optimizer = LearningRateMultiplier("adam", {"bias": 2.0, "kernel": 0.5})
    copy = check_config_round_trip(optimizer)
    assert copy.multipliers == {"bias": 2.0, "kernel": 0.5}
