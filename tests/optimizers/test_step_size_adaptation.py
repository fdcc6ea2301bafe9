import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import LazyOptimizer
from keras_addons.optimizers import StepSizeAdaptation
from keras_addons.optimizers.schedules import PiecewiseLinear
from tests.checks import check_config_round_trip
from tests.optimizers.training import BACKEND
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import fit_arguments
from tests.optimizers.training import state_of
from tests.optimizers.training import steps
from tests.optimizers.training import trained

GRADIENTS = np.random.default_rng(0).normal(size=(100, 4))
LOG_2 = float(np.log(2))
some_gradients = st.lists(st.floats(-2, 2), min_size=2, max_size=6)


def step_sizes(gradients, adaptation_rate):
    """`nu` after each gradient of one weight, seen from outside."""
    optimizer = StepSizeAdaptation(1.0, adaptation_rate)
    weight = keras.Variable([0.0])
    for gradient in gradients:
        optimizer.apply([ops.array([gradient], "float32")], [weight])
        (log_step_size,) = state_of(optimizer, "log_step_size")
        yield float(np.exp(log_step_size.numpy()[0]))


def test_three_steps_by_hand():
    # exp(rate) = 2, g = 1, 1, -2: nu = 1, then 2^(1 * 1) = 2, then
    # 2 * 2^(1 * -2) = 1/2; w = 0 - 1 * 1 - 2 * 1 + 1/2 * 2 = -2.
    optimizer = StepSizeAdaptation(1.0, LOG_2)
    weights = steps(optimizer, [[1.0], [1.0], [-2.0]], [0.0])
    np.testing.assert_allclose(weights, [-2.0], rtol=1e-6)


def test_hundred_steps_equal_a_loop():
    expected = []
    for gradients in GRADIENTS.T:
        weight, step_size, previous = 1.0, 1.0, 0.0
        for gradient in gradients:
            step_size *= np.exp(0.1 * previous * gradient)
            weight -= 0.01 * step_size * gradient
            previous = gradient
        expected.append(weight)
    optimizer = StepSizeAdaptation(0.01, adaptation_rate=0.1)
    actual = steps(optimizer, GRADIENTS, np.ones(4))
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_without_adaptation_it_is_gradient_descent():
    actual = trained(StepSizeAdaptation(0.1, adaptation_rate=0))
    expected = trained(keras.optimizers.SGD(0.1))
    assert_same_weights(actual, expected)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(some_gradients, st.floats(0, 2))
def test_step_sizes_have_the_closed_form(gradients, rate):
    # nu_t = exp(rate * sum of g_{s-1} g_s over s <= t), hence positive.
    products = np.multiply([0.0, *gradients[:-1]], gradients)
    expected = np.exp(rate * np.cumsum(products))
    actual = list(step_sizes(gradients, rate))
    np.testing.assert_allclose(actual, expected, rtol=1e-4)
    assert np.all(np.greater(actual, 0))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0.1, 2), st.floats(0.1, 1))
def test_steps_grow_where_gradients_agree(gradient, rate):
    actual = list(step_sizes([gradient] * 4, rate))
    assert np.all(np.diff(actual) > 0)
    expected = np.exp(rate * gradient**2 * np.arange(4))
    np.testing.assert_allclose(actual, expected, rtol=1e-4)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0.1, 2), st.floats(0.1, 1))
def test_steps_shrink_where_gradients_alternate(gradient, rate):
    actual = list(step_sizes([gradient, -gradient] * 2, rate))
    assert np.all(np.diff(actual) < 0)


def test_a_step_size_below_the_smallest_float_recovers():
    # Exponents 0, -200, 0: exp(-200) is zero in float32, exp(-200 + 200) not.
    # w = 0 - 10 * 1 + 10 * 0 + 10 * 1 * 1, and the last g is -10.
    gradients = [[10.0], [-10.0], [-10.0]]
    weights = steps(StepSizeAdaptation(1.0, 2.0), gradients, [0.0])
    np.testing.assert_array_equal(weights, [0.0])


def test_it_follows_the_schedule():
    # Rates 0 and 1, nu 1 and 2, g = 1: w = 0 - 0 - 2.
    optimizer = StepSizeAdaptation(PiecewiseLinear({1: 1.0}), LOG_2)
    weights = steps(optimizer, [[1.0], [1.0]], [0.0])
    np.testing.assert_allclose(weights, [-2.0], rtol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_fit_gets_further_than_gradient_descent(policy):
    # Linear regression at a rate far too small: gradients of successive
    # batches agree, so the steps grow.
    keras.config.set_dtype_policy(policy)
    features = np.random.default_rng(1).normal(size=(64, 3))
    targets = features @ [[2.0], [0.5], [-1.0]]
    losses = []
    for adaptation_rate in (0.0, 0.05):
        inputs = keras.Input((3,))
        outputs = keras.layers.Dense(1, kernel_initializer="zeros")(inputs)
        model = keras.Model(inputs, outputs)
        optimizer = StepSizeAdaptation(0.005, adaptation_rate)
        eagerly = BACKEND == "tensorflow"  # tracing takes longer
        model.compile(optimizer, "mse", run_eagerly=eagerly)
        model.fit(features, targets, epochs=5, verbose=0)
        losses.append(model.evaluate(features, targets, verbose=0))
    assert losses[1] < 0.8 * losses[0]


@pytest.mark.skipif(BACKEND != "tensorflow", reason="IndexedSlices are TF's")
def test_rows_that_repeat_in_a_sparse_gradient_are_summed():
    import tensorflow as tf

    # Row 0 has the gradient 1 + 2, row 1 none.
    table = keras.Variable([[8.0], [8.0]])
    rows, ids = tf.constant([[1.0], [2.0]]), tf.constant([0, 0])
    gradient = tf.IndexedSlices(rows, ids, tf.constant([2, 1]))
    StepSizeAdaptation(1.0).apply([gradient], [table])
    assert table.numpy().tolist() == [[5.0], [8.0]]


def test_lazily_an_untouched_row_remembers_its_last_gradient():
    # g = 1, none, 1: the row steps with nu = 1, not at all, with nu = 2.
    optimizer = LazyOptimizer(StepSizeAdaptation(1.0, LOG_2))
    gradients = [[[1.0], [0.0]], [[0.0], [1.0]], [[1.0], [0.0]]]
    weights = steps(optimizer, gradients, np.zeros((2, 1)))
    np.testing.assert_allclose(weights, [[-3.0], [-1.0]], rtol=1e-6)


def test_state_of_bfloat16_weights_is_float32():
    weight = keras.Variable([1.0], dtype="bfloat16")
    optimizer = StepSizeAdaptation(2**-6, 2**-10)
    for _ in range(3):
        optimizer.apply([ops.ones(1, "bfloat16")], [weight])
    assert keras.backend.standardize_dtype(weight.dtype) == "bfloat16"
    # Two additions of 2^-10, which 1 + 2^-10 in bfloat16 would lose.
    (log_step_size,) = state_of(optimizer, "log_step_size")
    assert log_step_size.numpy() == 2**-9
    (previous,) = state_of(optimizer, "previous_gradient")
    assert keras.backend.standardize_dtype(previous.dtype) == "float32"
    # Three steps of 2^-6, each rounded to 8 bits below 1.
    actual = ops.convert_to_numpy(ops.cast(weight, "float32"))
    np.testing.assert_allclose(actual, 1 - 3 * 2**-6, atol=3 * 2**-9)


def test_saved_and_loaded_it_goes_on_as_if_never_stopped(tmp_path):
    model = trained(StepSizeAdaptation(0.1, 0.5), epochs=2)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    loaded.fit(**fit_arguments(epochs=2))
    whole = trained(StepSizeAdaptation(0.1, 0.5), epochs=4)
    assert_same_weights(loaded, whole)


def test_round_trip():
    optimizer = StepSizeAdaptation(0.25, 0.5, clipvalue=2.0)
    copy = check_config_round_trip(optimizer)
    assert copy.adaptation_rate == 0.5


@pytest.mark.parametrize("name", ["learning_rate", "adaptation_rate"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), "fast", None])
def test_bad_arguments_are_named_with_their_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        StepSizeAdaptation(**{name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)
