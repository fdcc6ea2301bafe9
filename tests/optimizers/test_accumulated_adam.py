import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops

from keras_addons.optimizers import AccumulatedAdam
from keras_addons.optimizers import GradientAccumulation
from tests.optimizers.training import BACKEND
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import steps
from tests.optimizers.training import trained


def hidden(gradients, weight, rate, k, beta_1=0.9, beta_2=0.999, decay=0.0):
    """The formula of kexue.fm/archives/8634, micro-step t from 1.

    Only `epsilon` is where Keras has it: beside the root of the second moment
    without bias correction.
    """
    weight = np.array(weight, "float64")
    m, v = np.zeros_like(weight), np.zeros_like(weight)
    for t, gradient in enumerate(gradients, start=1):
        is_first = (t - 1) % k == 0
        m = ((beta_1 - 1) * is_first + 1) * m + (1 - beta_1) / k * gradient
        v = ((beta_2 - 1) * is_first + 1) * v + (1 - beta_2) / k * gradient**2
        if t % k == 0:
            update = t // k
            corrected = m / (1 - beta_1**update)
            root = np.sqrt(1 - beta_2**update)
            step = corrected * root / (np.sqrt(v) + 1e-7)
            weight = weight - rate * step - rate * decay * weight
    return weight


@pytest.mark.parametrize("k", [1, 3, 4])
def test_a_hundred_steps_of_the_formula(k):
    random = np.random.default_rng(k)
    gradients, start = random.normal(size=(100, 4)), random.normal(size=4)
    optimizer = AccumulatedAdam(0.1, 0.8, 0.99, steps=k, weight_decay=0.2)
    actual = steps(optimizer, gradients, start)
    expected = hidden(gradients, start, 0.1, k, 0.8, 0.99, decay=0.2)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "plain, decay", [(keras.optimizers.Adam, None), (keras.optimizers.AdamW, 2)]
)
def test_one_step_is_the_adam_of_keras(plain, decay):
    # Gradients down to 1e-8, where the place of epsilon is all that matters.
    random = np.random.default_rng(0)
    gradients = random.normal(size=(100, 3)) * [1.0, 1e-3, 1e-8]
    expected = steps(plain(0.01, weight_decay=decay), gradients, [1.0] * 3)
    optimizer = AccumulatedAdam(0.01, steps=1, weight_decay=decay)
    actual = steps(optimizer, gradients, [1.0] * 3)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@settings(max_examples=10, deadline=None)
@given(
    st.integers(1, 5),
    st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=4),
)
def test_where_the_gradients_agree_it_is_adam(k, values):
    # Then the mean of the squares is the square of the mean.
    gradients = np.array(values)[:, None]
    expected = steps(keras.optimizers.Adam(0.1), gradients, [1.0])
    repeated = np.repeat(gradients, k, axis=0)
    actual = steps(AccumulatedAdam(0.1, steps=k), repeated, [1.0])
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-6)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=5),
    st.floats(0.5, 10),
)
def test_the_first_step_is_shorter_than_adams_by_at_most_sqrt_k(values, shift):
    # The square of the mean <= the mean of squares <= k times the former, if
    # all values have one sign.
    values = np.abs(values) + shift
    hidden = steps(
        AccumulatedAdam(0.1, steps=len(values)), values[:, None], [0]
    )
    adam = steps(keras.optimizers.Adam(0.1), [[np.mean(values)]], [0.0])
    ratio = adam / hidden
    assert 1 - 1e-4 <= ratio <= np.sqrt(len(values)) + 1e-4
    mean, square = np.mean(values), np.mean(values**2)
    np.testing.assert_allclose(ratio, np.sqrt(square) / mean, rtol=1e-3)


def last_step(optimizer, gradients, num_last):
    weight = keras.Variable(np.zeros(gradients.shape[1], "float32"))
    for gradient in gradients[:-num_last]:
        optimizer.apply([ops.convert_to_tensor(gradient)], [weight])
    before = weight.numpy().copy()
    for gradient in gradients[-num_last:]:
        optimizer.apply([ops.convert_to_tensor(gradient)], [weight])
    return weight.numpy() - before


@pytest.mark.parametrize("mean, ratio", [(0.0, 2.0), (0.3, 1.790)])
def test_steps_are_shorter_than_those_of_adam_on_the_mean(mean, ratio):
    # sqrt((mean^2 + 1) / (mean^2 + 1 / 4)): 2, and sqrt(1.09 / 0.34) = 1.790.
    # The median of 20000 ratios of averages over 150 updates.
    random = np.random.default_rng(0)
    gradients = random.normal(mean, 1, (200, 20000)).astype("float32")
    means = gradients.reshape(50, 4, 20000).mean(axis=1)
    adam = last_step(keras.optimizers.Adam(1.0), means, 1)
    hidden = last_step(AccumulatedAdam(1.0, steps=4), gradients, 4)
    measured = np.median(adam / hidden)
    np.testing.assert_allclose(measured, ratio, rtol=0.02)


def test_state_is_float32_under_bfloat16_weights():
    # v = 0.001 * 256 ** 2, then + 0.001: less than bfloat16 would notice.
    weight = keras.Variable([1.0], dtype="bfloat16")
    optimizer = AccumulatedAdam(0.0, steps=2)
    for gradient in (256.0, 1.0):
        gradient = ops.full((1,), gradient, dtype="bfloat16")
        optimizer.apply([gradient], [weight])
    second_moment = optimizer.variables[-1].numpy()
    np.testing.assert_allclose(second_moment, [0.0005 * 65537], rtol=1e-6)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="IndexedSlices are TF's")
def test_rows_of_a_repeated_id_are_summed_before_they_are_squared():
    # (3 + 4) ** 2 * 0.001; Keras' Adam has 3 ** 2 + 4 ** 2 in the 49's place.
    import tensorflow as tf

    gradient = tf.IndexedSlices(
        tf.constant([[3.0], [4.0]]), tf.constant([0, 0]), tf.constant([2, 1])
    )
    optimizer = AccumulatedAdam(steps=1)
    optimizer.apply([gradient], [keras.Variable([[1.0], [1.0]])])
    second_moment = optimizer.variables[-1].numpy()
    np.testing.assert_allclose(second_moment, [[0.049], [0.0]], rtol=1e-6)


def test_fit_on_one_batch_four_times_over_is_adam():
    # Weights stay within an update, so its four gradients are the same.
    hidden = trained(AccumulatedAdam(0.01, steps=4), epochs=12, batch_size=32)
    # Around Adam for its dense gradients; TensorFlow's are sparse.
    dense = GradientAccumulation(keras.optimizers.Adam(0.01), steps=1)
    plain = trained(dense, epochs=3, batch_size=32)
    assert_same_weights(hidden, plain, tolerance=1e-5)
    assert int(hidden.optimizer.iterations) == 3


@pytest.mark.parametrize(
    "name, value",
    [
        ("beta_1", 1.0),
        ("beta_2", -0.5),
        ("beta_2", None),
        ("epsilon", 0.0),
        ("epsilon", float("nan")),
    ],
)
def test_bad_arguments_are_named_with_their_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        AccumulatedAdam(**{name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)
