import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import Lookahead
from tests.checks import check_config_round_trip
from tests.optimizers.training import BACKEND
from tests.optimizers.training import JIT_CHOICES
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import fit_arguments
from tests.optimizers.training import new_model
from tests.optimizers.training import steps
from tests.optimizers.training import trained

GRADIENTS = np.random.default_rng(0).normal(size=(7, 3))


def test_two_periods_by_hand():
    # fast: 0 -> -1 -> -2, slow: 0 -> -1; fast: -1 -> -2 -> -3, slow: -1 -> -2.
    optimizer = Lookahead(keras.optimizers.SGD(1.0), sync_period=2)
    weights = steps(optimizer, np.ones((4, 3)), start=[0.0] * 3)
    np.testing.assert_array_equal(weights, -2.0)


def test_slow_weights_start_at_the_weights():
    # From 8, not from 0: fast 8 -> 7, slow 8 + (7 - 8) / 2 = 7.5.
    optimizer = Lookahead(keras.optimizers.SGD(1.0), sync_period=1)
    assert steps(optimizer, [[1.0]], start=[8.0]) == [7.5]


@pytest.mark.parametrize("inner", ["sgd", "adam", "lion"])
def test_full_slow_step_is_the_inner_optimizer(inner):
    wrapped = Lookahead(inner, sync_period=2, slow_step_size=1)
    expected = steps(keras.optimizers.get(inner), GRADIENTS, start=[1.0] * 3)
    actual = steps(wrapped, GRADIENTS, start=[1.0] * 3)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_no_slow_step_returns_to_the_start_in_fit(jit_compile):
    # 8 steps: back at the start after 4 and 8, also where TensorFlow builds
    # the optimizer inside the traced step.
    optimizer = Lookahead("adam", sync_period=4, slow_step_size=0)
    model = trained(optimizer, jit_compile)
    assert_same_weights(model, new_model(), tolerance=0)


def test_weights_loaded_after_build_are_the_start():
    model = new_model()
    optimizer = Lookahead("adam", sync_period=8, slow_step_size=0)
    optimizer.build(model.trainable_variables)
    other = new_model(seed=1)
    model.set_weights(other.get_weights())
    assert_same_weights(trained(optimizer, model=model), other, tolerance=0)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.integers(1, 5),
    st.floats(0, 1),
    st.sampled_from(["sgd", "adam", "lion", "rmsprop"]),
)
def test_after_a_period_it_is_between_the_start_and_the_inner(k, alpha, inner):
    # theta_0 + alpha * (theta_k - theta_0): the start for 0, for 1 theta_k.
    start = np.array([1.0, -2.0, 0.5])
    fast = steps(keras.optimizers.get(inner), GRADIENTS[:k], start)
    optimizer = Lookahead(inner, sync_period=k, slow_step_size=alpha)
    actual = steps(optimizer, GRADIENTS[:k], start)
    expected = start + alpha * (fast - start)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_a_constraint_holds_after_a_slow_step():
    # Halfway between two points of a circle is none of its points.
    weight = keras.Variable([1.0, 0.0])
    weight.constraint = keras.constraints.UnitNorm()
    optimizer = Lookahead(keras.optimizers.SGD(1.0), sync_period=1)
    # Fast: (1, 0) - (1, -1) = (0, 1); half of the way (1/2, 1/2).
    optimizer.apply([keras.ops.array([1.0, -1.0])], [weight])
    np.testing.assert_allclose(weight.numpy(), [0.5**0.5] * 2, rtol=1e-5)


def test_trajectory_equals_two_nested_loops():
    slow = np.ones(3)
    for group in (GRADIENTS[:3], GRADIENTS[3:6]):
        fast = slow.copy()
        for gradient in group:
            fast -= 0.1 * gradient
        slow += 0.4 * (fast - slow)
    expected = slow - 0.1 * GRADIENTS[6]
    optimizer = Lookahead(keras.optimizers.SGD(0.1), 3, 0.4)
    actual = steps(optimizer, GRADIENTS, start=[1.0] * 3)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def test_period_counts_updates_under_accumulation():
    # Pairs of ones have the mean 1, so this is `two_periods_by_hand`.
    inner = GradientAccumulation(keras.optimizers.SGD(1.0), steps=2)
    optimizer = Lookahead(inner, sync_period=2)
    weights = steps(optimizer, np.ones((8, 3)), start=[0.0] * 3)
    np.testing.assert_array_equal(weights, -2.0)


def test_a_variable_that_is_overwritten_has_no_slow_copy():
    weights = [keras.Variable([8.0]), keras.Variable([8.0])]
    weights[1].overwrite_with_gradient = True
    optimizer = Lookahead(keras.optimizers.SGD(1.0), sync_period=1)
    optimizer.apply([keras.ops.ones(1), keras.ops.ones(1)], weights)
    assert [weight.numpy()[0] for weight in weights] == [7.5, 1.0]


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_it_trains_on_after_left_overs_that_end_a_period(jit_compile):
    # Each `fit` of 4 micro-batches ends with a left-over, the second update.
    inner = GradientAccumulation("adam", steps=3)
    model = trained(Lookahead(inner, 2), jit_compile, epochs=1)
    model.fit(**fit_arguments(epochs=1))
    assert model.optimizer.iterations.numpy() == 4


def test_it_trains_on_in_fit_after_steps_by_hand():
    model = new_model()
    optimizer = Lookahead("adam", sync_period=5)
    gradients = [keras.ops.ones(v.shape) for v in model.trainable_variables]
    for _ in range(5):
        optimizer.apply(gradients, model.trainable_variables)
    trained(optimizer, JIT_CHOICES[-1], model=model)
    assert optimizer.iterations.numpy() == 13


def test_a_layer_that_is_frozen_between_two_fits_stays():
    optimizer = Lookahead(keras.optimizers.Adam(0.1), sync_period=5)
    model = trained(optimizer, epochs=1)  # fast and slow weights differ
    model.get_layer("table").trainable = False
    before = model.get_layer("table").get_weights()[0]
    if BACKEND == "jax":  # where an optimizer takes all it was built with
        weights = [v for v in model.weights if v.trainable]
        for _ in range(8):
            ones = [keras.ops.ones(v.shape) for v in weights]
            optimizer.apply(ones, weights)
    else:
        trained(optimizer, model=model)
    after = model.get_layer("table").get_weights()[0]
    np.testing.assert_array_equal(after, before)


def test_slow_weights_that_are_reset_do_not_pull_back():
    # Period of 2 from 0, of which one step is done; the weight is set to 8:
    # fast 7, slow 8 + (7 - 8) / 2. Without the reset 0 + (7 - 0) / 2.
    weight = keras.Variable([0.0])
    optimizer = Lookahead(keras.optimizers.SGD(1.0), sync_period=2)
    optimizer.apply([keras.ops.ones(1)], [weight])
    weight.assign([8.0])
    optimizer.reset_slow_weights()
    optimizer.apply([keras.ops.ones(1)], [weight])
    assert weight.numpy().tolist() == [7.5]


def test_round_trip():
    check_config_round_trip(Lookahead("adam", sync_period=3, slow_step_size=0))


@pytest.mark.parametrize("sync_period", [0, 1.5, None])
def test_sync_period_must_be_a_positive_integer(sync_period):
    with pytest.raises(ValueError, match="`sync_period` must be an integer"):
        Lookahead("adam", sync_period=sync_period)


@pytest.mark.parametrize("slow_step_size", [-0.1, 1.1])
def test_slow_step_size_must_be_a_fraction(slow_step_size):
    with pytest.raises(ValueError, match=r"`slow_step_size` must be in \[0"):
        Lookahead("adam", slow_step_size=slow_step_size)
