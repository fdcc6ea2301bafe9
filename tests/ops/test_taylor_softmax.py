import math

import keras
import numpy as np
import pytest
from keras import ops
from scipy import optimize
from scipy import special

from keras_addons.ops import taylor_softmax
from keras_addons.ops.taylor_softmax import minimum
from tests.checks import JIT_CHOICES
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

LOGITS = np.random.default_rng(0).normal(0, 3, (4, 6)).astype("float32")
ORDERS = pytest.mark.parametrize("order", [2, 4, 6, 8, 10])
# Of 7919.
MINIMA = {
    2: (-1, 0.5),
    4: (-1.59607, 0.270395),
    6: (-2.18061, 0.149325),
    8: (-2.759, 0.0832715),
    10: (-3.33355, 0.0466991),
}


def polynomial(x, order):
    return sum(x**power / math.factorial(power) for power in range(order + 1))


def by_definition(logits, order, lowest=-np.inf):
    heights = polynomial(np.maximum(logits.astype("float64"), lowest), order)
    return heights / heights.sum(-1, keepdims=True)


@ORDERS
def test_equals_the_definition(order):
    actual = as_float32(taylor_softmax(LOGITS, order))
    np.testing.assert_allclose(actual, by_definition(LOGITS, order), atol=1e-6)
    np.testing.assert_allclose(actual.sum(-1), 1, rtol=1e-6)
    assert np.all(actual > 0)


@ORDERS
def test_the_minima_are_those_of_the_post_and_of_scipy(order):
    point, value = minimum(order)
    np.testing.assert_allclose([point, value], MINIMA[order], rtol=5e-6)
    found = optimize.minimize_scalar(
        lambda x: polynomial(x, order), bounds=(-order, 0), method="bounded"
    )
    np.testing.assert_allclose(point, found.x, atol=1e-4)
    np.testing.assert_allclose(value, found.fun, rtol=1e-8)


@ORDERS
def test_the_monotone_form_keeps_the_order_of_the_logits(order):
    logits = np.linspace(-12, 3, 61).astype("float32")
    plain = as_float32(taylor_softmax(logits, order))
    assert np.any(np.diff(plain) < 0)
    monotone = as_float32(taylor_softmax(logits, order, monotone=True))
    assert np.all(np.diff(monotone) >= 0)
    expected = by_definition(logits, order, lowest=MINIMA[order][0])
    np.testing.assert_allclose(monotone, expected, rtol=2e-5)


def test_a_high_order_is_softmax():
    logits = np.clip(LOGITS, -4, 4)
    np.testing.assert_allclose(
        as_float32(taylor_softmax(logits, 24)),
        special.softmax(logits, axis=-1),
        rtol=1e-4,
    )


@pytest.mark.parametrize("monotone", [False, True])
@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_gradients_are_those_of_the_definition(monotone, jit_compile):
    weights = np.linspace(-1, 1, 6)
    row, step = LOGITS[0].astype("float64"), 1e-6
    lowest = MINIMA[4][0] if monotone else -np.inf
    expected = [
        weights
        @ (
            by_definition(row + step * unit, 4, lowest)
            - by_definition(row - step * unit, 4, lowest)
        )
        / (2 * step)
        for unit in np.eye(6)
    ]
    tensor = ops.convert_to_tensor(weights.astype("float32"))
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(tensor * taylor_softmax(x, 4, monotone)),
        LOGITS[0],
        jit_compile=jit_compile,
    )
    np.testing.assert_allclose(gradient, expected, atol=2e-6)


def test_masked_entries_get_nothing_and_all_masked_is_0():
    mask = np.array([[1, 0, 1, 1, 0, 1], [0] * 6], "bool")
    rows = np.where(mask, LOGITS[:2], np.float32(np.nan))
    probabilities = as_float32(taylor_softmax(rows, 4, mask=mask))
    expected = by_definition(LOGITS[0][mask[0]], 4)
    np.testing.assert_allclose(probabilities[0][mask[0]], expected, atol=1e-6)
    assert np.all(probabilities[~mask] == 0)
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(ops.square(taylor_softmax(x, 4, mask=mask))), rows
    )
    assert np.all(np.isfinite(gradient)) and np.all(gradient[~mask] == 0)


def test_any_axis():
    np.testing.assert_allclose(
        as_float32(taylor_softmax(LOGITS, axis=0)),
        by_definition(LOGITS.T, 2).T,
        atol=1e-6,
    )


@ORDERS
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_large_logits_stay_finite(order, dtype):
    # (6e4)^10 is 6e47, above all floats.
    logits = np.array([6e4, -3e4, 0.0, 1.0], "float32")

    def total(x):
        probabilities = taylor_softmax(ops.cast(x, dtype), order)
        assert keras.backend.standardize_dtype(probabilities.dtype) == dtype
        return ops.sum(ops.cast(probabilities, "float32") ** 2)

    value, (gradient,) = value_and_gradients(total, logits)
    assert np.isfinite(value) and np.all(np.isfinite(gradient))
    share = 0.5**order  # of -3e4 to 6e4
    probabilities = as_float32(taylor_softmax(ops.cast(logits, dtype), order))
    np.testing.assert_allclose(
        probabilities[:2], [1 / (1 + share), share / (1 + share)], rtol=0.01
    )


@pytest.mark.parametrize("order", [0, 1, 3, -2, 2.0, True, "2"])
def test_other_orders_are_refused(order):
    with pytest.raises(ValueError, match="`order` must be"):
        taylor_softmax(LOGITS, order)
