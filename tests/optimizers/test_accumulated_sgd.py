import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.optimizers import AccumulatedSGD
from tests.optimizers.training import steps


def hidden(gradients, weight, rate, momentum, k, decay=0.0):
    """The formula of kexue.fm/archives/8634, micro-step t from 1."""
    weight = np.array(weight, "float64")
    m = np.zeros_like(weight)
    for t, gradient in enumerate(gradients, start=1):
        m = ((momentum - 1) * ((t - 1) % k == 0) + 1) * m
        m = m + (1 - momentum) / k * gradient
        if t % k == 0:
            weight = weight - rate * m - rate * decay * weight
    return weight


def explicit(gradients, weight, rate, momentum, k):
    """A buffer that is averaged, then a plain step with momentum."""
    weight = np.array(weight, "float64")
    m = np.zeros_like(weight)
    buffer = np.zeros_like(weight)
    for t, gradient in enumerate(gradients):
        buffer = buffer + gradient
        if t % k == k - 1:
            m = momentum * m + (1 - momentum) * buffer / k
            weight = weight - rate * m
            buffer = np.zeros_like(weight)
    return weight


@pytest.mark.parametrize("k", [1, 3, 4])
def test_a_hundred_steps_of_the_formula(k):
    random = np.random.default_rng(k)
    gradients, start = random.normal(size=(100, 4, 3)), random.normal(size=3)
    start = np.tile(start, (4, 1))
    optimizer = AccumulatedSGD(0.1, 0.9, steps=k, weight_decay=0.2)
    actual = steps(optimizer, gradients, start)
    expected = hidden(gradients, start, 0.1, 0.9, k, decay=0.2)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from([1, 2, 4]),
    st.sampled_from([0.0, 0.5, 0.75]),
    st.lists(st.integers(-8, 8), min_size=1, max_size=6),
)
def test_it_is_explicit_accumulation_bit_by_bit(k, momentum, values):
    # Integers and powers of two: six updates need less than 24 bits.
    gradients = np.array(values, "float64")[:, None]
    optimizer = AccumulatedSGD(0.5, momentum, steps=k)
    actual = steps(optimizer, gradients, [1.0])
    expected = explicit(gradients, [1.0], 0.5, momentum, k)
    np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize("decay", [None, 0.2])
def test_one_step_is_the_sgd_of_keras_with_its_longer_rate(decay):
    # A tenth of the rate, and of rate * decay only with ten times the decay.
    gradients = np.random.default_rng(0).normal(size=(20, 3))
    keras_decay = decay and 10 * decay
    keras_sgd = keras.optimizers.SGD(0.05, 0.9, weight_decay=keras_decay)
    expected = steps(keras_sgd, gradients, [1.0] * 3)
    optimizer = AccumulatedSGD(0.5, 0.9, steps=1, weight_decay=decay)
    actual = steps(optimizer, gradients, [1.0] * 3)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name, value",
    [
        ("momentum", 1.0),
        ("momentum", None),
    ],
)
def test_bad_arguments_are_named_with_their_value(name, value):
    with pytest.raises(ValueError, match=f"`{name}`.*Received: ") as error:
        AccumulatedSGD(**{name: value})
    assert repr(value) in str(error.value)
    assert "\n" not in str(error.value)
