import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import LayerAdaptation
from keras_addons.optimizers import WeightDecay
from tests.checks import check_config_round_trip
from tests.optimizers.training import new_model
from tests.optimizers.training import steps

GRADIENTS = np.random.default_rng(0).normal(size=(6, 3, 2))
START = np.random.default_rng(1).normal(size=(3, 2))


def test_around_adam_it_is_keras_lamb():
    # Both add epsilon to another root of the moment: too small to matter.
    lamb = keras.optimizers.Lamb(0.1, epsilon=1e-12)
    adapted = LayerAdaptation(keras.optimizers.Adam(0.1, epsilon=1e-12))
    np.testing.assert_allclose(
        steps(adapted, GRADIENTS, START),
        steps(lamb, GRADIENTS, START),
        rtol=1e-4,
    )


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 100.0), st.sampled_from(["sgd", "adam", "lion"]))
def test_a_step_is_as_long_as_the_weight_times_the_rate(scale, inner):
    optimizer = keras.optimizers.get(inner)
    optimizer.learning_rate = 0.25
    weight = steps(LayerAdaptation(optimizer), [GRADIENTS[0] * scale], START)
    length = np.linalg.norm(weight - START.astype("float32"))
    np.testing.assert_allclose(length, 0.25 * np.linalg.norm(START), rtol=1e-4)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.floats(0, 2), st.floats(0.01, 0.5), st.integers(0, 99))
def test_decay_then_adaptation_scales_the_whole_increment(decay, rate, seed):
    # h = g + decay * w, divided by the rate and taken to the length of w.
    gradient = np.random.default_rng(seed).normal(size=(3, 2))
    increment = gradient + decay * START
    length = np.linalg.norm(START)
    expected = START - rate * increment * length / np.linalg.norm(increment)
    decayed = WeightDecay(keras.optimizers.SGD(rate), rate=decay)
    actual = steps(LayerAdaptation(decayed), [gradient], START)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_a_scalar_is_adapted_too():
    # 4 - 0.25 * |4|, whatever the size of the gradient.
    optimizer = LayerAdaptation(keras.optimizers.SGD(0.25))
    assert steps(optimizer, [7.0], 4.0) == 3.0


def test_the_decay_of_the_inner_optimizer_is_part_of_the_step():
    # h = g + 0.5 w; w - 0.1 * h * |w| / |h|, by numpy.
    inner = keras.optimizers.SGD(0.1, weight_decay=0.5)
    h = GRADIENTS[0] + 0.5 * START
    expected = START - 0.1 * h * np.linalg.norm(START) / np.linalg.norm(h)
    actual = steps(LayerAdaptation(inner), GRADIENTS[:1], START)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize("start, gradient", [(0.0, 1.0), (1.0, 0.0)])
def test_where_a_norm_is_zero_the_factor_is_one(start, gradient):
    optimizer = LayerAdaptation(keras.optimizers.SGD(0.5))
    weight = steps(optimizer, [[gradient]], [start])
    assert weight == [start - 0.5 * gradient]


def test_what_is_excluded_steps_as_the_inner_optimizer():
    weights = [
        keras.Variable([4.0], name="kernel"),
        keras.Variable([4.0], name="bias"),
    ]
    optimizer = LayerAdaptation(keras.optimizers.SGD(0.5), exclude=["bias$"])
    optimizer.apply([keras.ops.ones(1)] * 2, weights)
    # 4 - 0.5 * 4 and 4 - 0.5 * 1.
    assert [weight.numpy()[0] for weight in weights] == [2.0, 3.5]


def test_between_updates_of_an_accumulation_nothing_moves():
    # The mean of 1 and 3 is 2; the step is 0.5 * |8|.
    inner = GradientAccumulation(keras.optimizers.SGD(0.5), steps=2)
    optimizer = LayerAdaptation(inner)
    assert steps(optimizer, [[1.0]], [8.0]) == [8.0]
    assert steps(LayerAdaptation(inner_copy(inner)), [[1.0], [3.0]], [8.0]) == [
        4.0
    ]


def inner_copy(optimizer):
    config = keras.saving.serialize_keras_object(optimizer)
    return keras.saving.deserialize_keras_object(config)


def test_constraints_act_on_the_adapted_weight():
    weight = keras.Variable([4.0])
    weight.constraint = keras.constraints.NonNeg()
    optimizer = LayerAdaptation(keras.optimizers.SGD(2.0))
    optimizer.apply([keras.ops.ones(1)], [weight])  # 4 - 2 * 4 < 0
    assert weight.numpy() == [0.0]


def test_an_average_inside_is_refused():
    with pytest.raises(ValueError, match="`use_ema` of 'adam'"):
        LayerAdaptation(keras.optimizers.Adam(use_ema=True, name="adam"))


def test_a_pattern_that_matches_nothing_is_refused():
    optimizer = LayerAdaptation("adam", exclude=["gamma"])
    with pytest.raises(ValueError, match="`exclude`: the pattern 'gamma'"):
        optimizer.build(new_model().trainable_variables)


def test_round_trip():
    copy = check_config_round_trip(LayerAdaptation("adam", exclude=["bias"]))
    assert copy.exclude == ["bias"]
