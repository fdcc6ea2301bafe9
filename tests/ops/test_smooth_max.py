import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_addons.ops import smooth_argmax
from keras_addons.ops import smooth_max
from keras_addons.ops import softmax_mean
from tests.checks import JIT_CHOICES
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

ROWS = np.random.default_rng(0).normal(0, 2, (3, 5)).astype("float32")
MASK = np.array([[1, 1, 0, 0, 1], [0, 1, 1, 0, 1], [1] * 5], "bool")
EACH = pytest.mark.parametrize(
    "function", [smooth_max, softmax_mean, smooth_argmax]
)


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_the_maximum_is_between_the_two_and_the_entropy_is_the_distance(
    temperature,
):
    above = as_float32(smooth_max(ROWS, temperature))
    below = as_float32(softmax_mean(ROWS, temperature))
    highest = ROWS.max(-1)
    assert np.all(below <= highest + 1e-6) and np.all(above >= highest - 1e-6)
    assert np.all(above <= highest + temperature * np.log(5) + 1e-6)
    weights = special.softmax(ROWS / temperature, axis=-1)
    entropy = special.entr(weights).sum(-1)
    np.testing.assert_allclose(above - below, temperature * entropy, atol=1e-5)


def test_equal_entries_are_above_by_t_log_n():
    value = as_float32(smooth_max(np.full(7, 3.0, "float32"), 0.5))
    np.testing.assert_allclose(value, 3 + 0.5 * np.log(7), rtol=1e-6)


def test_the_argmax_is_the_mean_index():
    weights = special.softmax(ROWS / 0.7, axis=-1)
    np.testing.assert_allclose(
        as_float32(smooth_argmax(ROWS, 0.7)), weights @ np.arange(5), rtol=1e-5
    )


def test_a_low_temperature_is_exact():
    for function, expected in [
        (smooth_max, ROWS.max(-1)),
        (softmax_mean, ROWS.max(-1)),
        (smooth_argmax, ROWS.argmax(-1)),
    ]:
        actual = as_float32(function(ROWS, temperature=1e-3))
        np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_gradient_of_the_maximum_is_softmax(jit_compile):
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(smooth_max(x, 0.5)), ROWS, jit_compile=jit_compile
    )
    expected = special.softmax(ROWS / 0.5, axis=-1)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


@EACH
def test_masked_entries_do_not_count(function):
    rows = np.where(MASK, ROWS, np.float32(np.nan))
    actual = as_float32(function(rows, 0.5, mask=MASK))
    for row, kept, value in zip(ROWS, MASK, actual):
        if function is smooth_argmax:
            expected = special.softmax(row[kept] / 0.5) @ np.nonzero(kept)[0]
        else:
            expected = as_float32(function(row[kept], 0.5))
        np.testing.assert_allclose(value, expected, rtol=1e-5)
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(function(x, 0.5, mask=MASK)), rows
    )
    assert np.all(np.isfinite(gradient)) and np.all(gradient[~MASK] == 0)


@EACH
def test_any_axis_and_a_temperature_that_is_a_tensor(function):
    temperature = ops.convert_to_tensor(0.5)
    np.testing.assert_allclose(
        as_float32(function(ROWS, temperature, axis=0)),
        as_float32(function(ROWS.T, 0.5)),
        rtol=1e-6,
    )


@EACH
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_finite(function, dtype):
    rows = ops.cast(1e4 * ROWS, dtype)
    value = function(rows, 0.01)
    assert np.all(np.isfinite(as_float32(value)))
    is_index = function is smooth_argmax
    expected = "float32" if is_index else dtype
    assert keras.backend.standardize_dtype(value.dtype) == expected


@EACH
@pytest.mark.parametrize("temperature", [0, -1, True, "1", None])
def test_other_temperatures_are_refused(function, temperature):
    with pytest.raises(ValueError, match="`temperature` must be a number"):
        function(ROWS, temperature)
