import keras
import numpy as np
import pytest
from keras import ops

from keras_addons.ops import squareplus
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

POINTS = np.linspace(-30, 30, 121).astype("float32")
SHAPES = pytest.mark.parametrize("b", [0.25, 1.5238210325291086, 4.0])


def by_definition(x, b):
    return (x + np.sqrt(x * x + b)) / 2


@SHAPES
def test_values_are_those_of_the_formula(b):
    expected = by_definition(POINTS.astype("float64"), b)
    np.testing.assert_allclose(
        as_float32(squareplus(POINTS, b)), expected, rtol=1e-6
    )


def test_the_default_is_the_nearest_to_softplus():
    x = POINTS.astype("float64")
    softplus = np.logaddexp(0, np.linspace(-10, 10, 4001))
    errors = [
        np.abs(
            as_float32(squareplus(np.linspace(-10, 10, 4001), *b)) - softplus
        ).max()
        for b in [(), (1.51,), (1.54,)]
    ]
    np.testing.assert_allclose(errors[0], 0.0759315, atol=1e-6)
    assert errors[0] < min(errors[1:])
    np.testing.assert_allclose(
        as_float32(squareplus(POINTS)),
        by_definition(x, 1.52382103),
        rtol=1e-6,
    )


def test_4_log_2_squared_is_the_least_that_is_not_below_softplus():
    # Equal at 0, where sqrt(b) / 2 = log(2); the distance is then .10387.
    b = 4 * np.log(2) ** 2
    x = np.linspace(-10, 10, 4001)
    gap = as_float32(squareplus(x, b)) - np.logaddexp(0, x)
    assert gap.min() > -1e-6
    np.testing.assert_allclose(gap.max(), 0.10387, atol=1e-5)
    smaller = as_float32(squareplus(x, 0.99 * b)) - np.logaddexp(0, x)
    assert smaller.min() < -1e-3


@SHAPES
def test_the_product_of_both_sides_is_b_over_4_far_into_the_negative(b):
    # x + sqrt(x^2 + b) is 0 in float32 from -1e4 on.
    x = np.array([1.0, 1e2, 1e4, 1e6], "float32")
    left, right = as_float32(squareplus(-x, b)), as_float32(squareplus(x, b))
    np.testing.assert_allclose(left * right, b / 4, rtol=1e-6)
    np.testing.assert_allclose(right - left, x, rtol=1e-6)


@SHAPES
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_the_slopes_of_the_formula(b, jit_compile):
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(squareplus(x, b)), POINTS, jit_compile=jit_compile
    )
    x = POINTS.astype("float64")
    expected = (1 + x / np.sqrt(x * x + b)) / 2
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-7)
    assert np.all(gradient > 0)


def test_b_of_0_is_relu():
    x = np.array([-2.0, 0.0, 3.0], "float32")
    np.testing.assert_array_equal(as_float32(squareplus(x, 0)), [0, 0, 3])


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_stays_and_is_finite(dtype):
    x = np.array([-6e4, -300, -1, 0, 1, 300, 6e4], "float32")

    def total(x):
        y = squareplus(ops.cast(x, dtype))
        assert keras.backend.standardize_dtype(y.dtype) == dtype
        return ops.sum(ops.cast(y, "float32"))

    value, (gradient,) = value_and_gradients(total, x)
    np.testing.assert_allclose(value, by_definition(x, 1.5238).sum(), rtol=5e-3)
    np.testing.assert_allclose(
        gradient, (1 + x / np.sqrt(x * x + 1.5238)) / 2, atol=5e-3
    )


def test_a_saved_activation_is_found_again():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Activation(squareplus)(inputs))
    again = keras.Model.from_config(model.get_config())
    rows = np.array([[-1.0, 0.0, 1.0]], "float32")
    np.testing.assert_allclose(
        as_float32(again(rows)), by_definition(rows, 1.52382103), rtol=1e-5
    )


@pytest.mark.parametrize("b", [-1, float("nan"), True, "1"])
def test_other_b_are_refused(b):
    with pytest.raises(ValueError, match="`b` must be a number"):
        squareplus(POINTS, b)
