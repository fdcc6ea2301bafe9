import keras
import numpy as np
import pytest
from keras import ops
from scipy.integrate import quad

from keras_addons.ops import gumbel_noise
from keras_addons.ops import gumbel_softmax
from keras_addons.ops import sample_categorical
from keras_addons.ops import straight_through
from tests.gradients import value_and_gradients
from tests.ops.samples import NUM_SAMPLES
from tests.ops.samples import within_four_errors

CHANCES = np.array([0.5, 0.3, 0.15, 0.05])


def rows(logits, number=NUM_SAMPLES):
    return np.tile(np.array(logits, "float32"), (number, 1))


def test_frequencies_are_the_chances():
    samples = sample_categorical(rows(np.log(CHANCES)), seed=1)
    samples = ops.convert_to_numpy(samples)
    frequencies = np.bincount(samples, minlength=4) / NUM_SAMPLES
    errors = np.sqrt(CHANCES * (1 - CHANCES) / NUM_SAMPLES)
    assert np.all(np.abs(frequencies - CHANCES) < 4 * errors)


def test_an_impossible_class_is_never_drawn():
    logits = rows([0.0, float("-inf"), 0.0], 1000)
    samples = ops.convert_to_numpy(sample_categorical(logits, seed=1))
    assert set(samples.tolist()) == {0, 2}


@pytest.mark.parametrize("uniform", [0.0, 1 - 2.0**-24])
def test_noise_is_finite_at_the_ends_of_the_uniform_draw(uniform, monkeypatch):
    def draw(shape, dtype, seed):
        return ops.full(shape, uniform, dtype=dtype)

    monkeypatch.setattr(keras.random, "uniform", draw)
    assert np.isfinite(ops.convert_to_numpy(gumbel_noise((2,)))).all()


@pytest.mark.parametrize(
    "dtype, error", [("float32", 1e-6), ("bfloat16", 0.02)]
)
def test_soft_samples_sum_to_one_and_keep_the_dtype(dtype, error):
    logits = ops.cast(rows(np.log(CHANCES), 100), dtype)
    samples = gumbel_softmax(logits, 0.3, seed=1)
    assert keras.backend.standardize_dtype(samples.dtype) == dtype
    sums = ops.sum(ops.cast(samples, "float32"), axis=-1)
    np.testing.assert_allclose(ops.convert_to_numpy(sums), 1.0, atol=error)


def test_near_temperature_zero_a_soft_sample_is_the_hard_one():
    logits = rows(np.log(CHANCES), 1000)
    hard = ops.convert_to_numpy(sample_categorical(logits, seed=5))
    soft = ops.convert_to_numpy(gumbel_softmax(logits, 1e-5, seed=5))
    np.testing.assert_allclose(soft, np.eye(4)[hard], atol=1e-3)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 0.1])
def test_the_gradient_of_two_classes_is_the_integral(temperature):
    # Two Gumbel variables differ by a logistic one, x; y = sigmoid((o + x) /
    # temperature), and the gradient in the first logit is y (1 - y) / t.
    def slope(x):
        y = 1 / (1 + np.exp(-(0.7 + x) / temperature))
        density = np.exp(-abs(x)) / (1 + np.exp(-abs(x))) ** 2
        return y * (1 - y) / temperature * density

    expected = quad(slope, -30, 30, points=[-0.7])[0]

    def first(logits):
        return ops.sum(gumbel_softmax(logits, temperature, seed=3)[:, 0])

    _, (gradient,) = value_and_gradients(first, rows([0.7, 0.0]))
    assert within_four_errors(gradient[:, 0], expected)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_straight_through_is_exactly_one_hot(dtype):
    samples = gumbel_softmax(
        ops.cast(rows([0.1, 0.0, 0.2], 1000), dtype), seed=1
    )
    hard = ops.convert_to_numpy(ops.cast(straight_through(samples), "float32"))
    assert set(np.unique(hard)) == {0.0, 1.0}
    assert np.all(hard.sum(axis=-1) == 1)
    assert len(np.unique(hard.argmax(axis=-1))) == 3


def test_straight_through_has_the_gradient_of_the_soft_sample():
    weights = np.array([2.0, -1.0, 0.5], "float32")
    logits = np.array([0.3, -0.2, 1.0], "float32")

    def function(logits):
        return ops.sum(
            ops.multiply(straight_through(ops.softmax(logits)), weights)
        )

    value, (gradient,) = value_and_gradients(function, logits)
    p = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(value, weights[2])
    np.testing.assert_allclose(gradient, p * (weights - p @ weights), rtol=1e-5)


def test_it_compiles():
    def function(logits):
        samples = straight_through(gumbel_softmax(logits, 0.5, seed=1))
        return ops.sum(samples[:, 0])

    value, (gradient,) = value_and_gradients(
        function, rows(np.log(CHANCES), 1000), jit_compile=True
    )
    assert 400 < value < 600
    assert np.isfinite(gradient).all() and np.any(gradient)
