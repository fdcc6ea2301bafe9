import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import ExponentiatedGradient
from keras_addons.optimizers import LazyOptimizer
from keras_addons.optimizers.schedules import PiecewiseLinear
from tests.checks import check_config_round_trip
from tests.optimizers.training import BACKEND
from tests.optimizers.training import JIT_CHOICES
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import fit_arguments
from tests.optimizers.training import new_model
from tests.optimizers.training import steps
from tests.optimizers.training import trained

GRADIENTS = np.random.default_rng(0).normal(size=(100, 4))


class DividedBySum(keras.constraints.Constraint):
    def __call__(self, w):
        return w / ops.sum(w)


def test_one_step_by_hand():
    # exp(-1 * log 2) = 1/2 and exp(-1 * log 1/4) = 4.
    gradient = np.log([2.0, 0.25])
    weights = steps(ExponentiatedGradient(1.0), [gradient], [3.0, 5.0])
    np.testing.assert_allclose(weights, [1.5, 20.0], rtol=1e-6)


def test_hundred_steps_equal_a_loop():
    start = [0.1, 1.0, -2.0, 0.0]
    expected = []
    for weight, gradients in zip(start, GRADIENTS.T):
        for gradient in gradients:
            # A negative weight is minus a positive one with gradient -g.
            size = abs(weight) * np.exp(-0.1 * np.sign(weight) * gradient)
            weight = np.sign(weight) * size
        expected.append(weight)
    actual = steps(ExponentiatedGradient(0.1), GRADIENTS, start)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=6),
    st.floats(0, 2),
    st.floats(0.01, 100),
)
def test_steps_add_up_in_the_exponent(gradients, learning_rate, start):
    # w_T = w_0 exp(-learning_rate * (g_1 + ... + g_T)), exponents up to 60.
    optimizer = ExponentiatedGradient(learning_rate)
    actual = steps(optimizer, [[g] for g in gradients], [start])
    expected = start * np.exp(-learning_rate * np.sum(gradients))
    np.testing.assert_allclose(actual, [expected], rtol=1e-4)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(-9, 9), st.floats(-9, 9), st.floats(0, 1))
def test_signs_are_kept_and_the_step_goes_downhill(start, gradient, rate):
    (weight,) = steps(ExponentiatedGradient(rate), [[gradient]], [start])
    start = np.float32(start)
    assert np.sign(weight) == np.sign(start)
    assert (weight - start) * gradient <= 0


def test_zero_stays_zero():
    weights = steps(ExponentiatedGradient(1.0), GRADIENTS, np.zeros(4))
    np.testing.assert_array_equal(weights, 0.0)


def test_negative_weights_mirror_positive_ones():
    start = np.array([0.5, 1.0, 2.0, 4.0])
    positive = steps(ExponentiatedGradient(0.1), GRADIENTS, start)
    negative = steps(ExponentiatedGradient(0.1), -GRADIENTS, -start)
    np.testing.assert_array_equal(negative, -positive)


def test_divided_by_its_sum_it_is_mirror_descent_on_the_simplex():
    # Entropy as mirror map: add the steps to the logits, return by softmax.
    weight = keras.Variable(np.full(4, 0.25, "float32"))
    weight.constraint = DividedBySum()
    optimizer = ExponentiatedGradient(0.1)
    logits = np.zeros(4)
    for gradient in GRADIENTS:
        optimizer.apply([ops.convert_to_tensor(gradient, "float32")], [weight])
        logits -= 0.1 * gradient
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-4)


def test_it_follows_the_schedule():
    # Rates 0 and 1 for a gradient of log 2: 8, then 4.
    optimizer = ExponentiatedGradient(PiecewiseLinear({1: 1.0}))
    weights = steps(optimizer, np.full((2, 1), np.log(2)), [8.0])
    np.testing.assert_allclose(weights, [4.0], rtol=1e-6)


@pytest.mark.parametrize(
    "policy, jit_compile",
    [("float32", False), ("mixed_bfloat16", JIT_CHOICES[-1])],
)
def test_fit_finds_weights_that_are_not_negative(policy, jit_compile):
    # A third of the true weights is zero: EG approaches it from above.
    keras.config.set_dtype_policy(policy)
    features = np.random.default_rng(1).normal(size=(64, 3))
    targets = features @ [[2.0], [0.5], [0.0]]
    inputs = keras.Input((3,))
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Model(inputs, layer(inputs))
    model.compile(
        ExponentiatedGradient(0.2), loss="mse", jit_compile=jit_compile
    )
    model.fit(features, targets, batch_size=16, epochs=30, verbose=0)
    (kernel,) = model.get_weights()
    assert np.all(kernel > 0)
    np.testing.assert_allclose(kernel, [[2.0], [0.5], [0.0]], atol=0.03)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="IndexedSlices are TF's")
def test_rows_that_repeat_in_a_sparse_gradient_are_summed():
    import tensorflow as tf

    # Row 0 has the gradient log 2 + log 4, row 1 none.
    table = keras.Variable([[8.0], [8.0]])
    rows = tf.constant(np.log([[2.0], [4.0]]), "float32")
    gradient = tf.IndexedSlices(rows, tf.constant([0, 0]), tf.constant([2, 1]))
    ExponentiatedGradient(1.0).apply([gradient], [table])
    np.testing.assert_allclose(table.numpy(), [[1.0], [8.0]], rtol=1e-6)


def test_lazily_it_is_the_same():
    # Without a gradient the factor is exp(0): untouched rows stay anyway.
    actual = trained(LazyOptimizer(ExponentiatedGradient(0.1)))
    expected = trained(ExponentiatedGradient(0.1))
    assert_same_weights(actual, expected)


def as_float32(tensor):
    return np.array(ops.convert_to_numpy(ops.cast(tensor, "float32")))


def test_bfloat16_weights_are_computed_in_float32():
    # One rounding, at the end: exp in bfloat16 would add one of its own.
    start, gradient = np.linspace([1.0, -1.0], [2.0, 1.0], 100).T
    weight = keras.Variable(start, dtype="bfloat16")
    gradient = ops.cast(gradient, "bfloat16")
    exact = as_float32(weight) * np.exp(-0.125 * as_float32(gradient))
    ExponentiatedGradient(0.125).apply([gradient], [weight])
    assert keras.backend.standardize_dtype(weight.dtype) == "bfloat16"
    expected = as_float32(ops.cast(exact, "bfloat16"))
    np.testing.assert_array_equal(as_float32(weight), expected)


def test_saved_and_loaded_it_goes_on_as_if_never_stopped(tmp_path):
    model = trained(ExponentiatedGradient(0.1), epochs=2)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    loaded.fit(**fit_arguments(epochs=2))
    assert_same_weights(loaded, trained(ExponentiatedGradient(0.1), epochs=4))


def test_it_keeps_no_state():
    optimizer = ExponentiatedGradient()
    optimizer.build(new_model().trainable_variables)
    assert len(optimizer.variables) == 2  # iterations and learning rate


def test_round_trip():
    optimizer = ExponentiatedGradient(0.25, weight_decay=0.125, clipvalue=2.0)
    copy = check_config_round_trip(optimizer)
    assert float(copy.learning_rate) == 0.25


@pytest.mark.parametrize("value", [-0.1, float("nan"), "fast", None])
def test_learning_rate_must_be_a_number_of_at_least_zero(value):
    with pytest.raises(ValueError, match="`learning_rate`.*Received") as error:
        ExponentiatedGradient(value)
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)
