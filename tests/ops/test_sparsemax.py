import keras
import numpy as np
import pytest
from keras import ops
from scipy import optimize

from keras_addons.ops import sparsemax
from tests.checks import JIT_CHOICES
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

ROWS = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")


def by_root_finding(row):
    """The threshold at which `sum max(x - t, 0)` is 1."""

    def excess(threshold):
        return np.maximum(row - threshold, 0).sum() - 1

    row = row.astype("float64")
    threshold = optimize.brentq(excess, row.min() - 2, row.max(), xtol=1e-14)
    return np.maximum(row - threshold, 0)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_equals_the_projection_of_each_row(scale):
    expected = [by_root_finding(row) for row in scale * ROWS]
    actual = as_float32(sparsemax(scale * ROWS))
    np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_by_hand():
    # (1 + .5 - 1) / 2 = .25, below which -.5 is.
    actual = as_float32(sparsemax(np.float32([1.0, 0.5, -0.5])))
    np.testing.assert_allclose(actual, [0.75, 0.25, 0])


def test_the_one_of_keras_does_not_sum_to_1():
    # When this fails, Keras' is right, and the docstring should say so.
    theirs = as_float32(keras.ops.sparsemax(np.float32([1.0, 0.5, -0.5])))
    assert abs(theirs.sum() - 1) > 0.1


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_gradient_is_centred_over_what_is_above_0(jit_compile):
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(sparsemax(x) ** 3), ROWS, jit_compile=jit_compile
    )
    for row, actual in zip(ROWS, gradient):
        shares = by_root_finding(row)
        above = shares > 0
        upstream = 3 * shares**2
        expected = np.where(above, upstream - upstream[above].mean(), 0)
        np.testing.assert_allclose(actual, expected, atol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_any_axis(axis):
    tensor = np.random.default_rng(1).normal(size=(3, 4, 2)).astype("float32")
    expected = np.apply_along_axis(by_root_finding, axis, tensor)
    actual = as_float32(sparsemax(tensor, axis=axis))
    np.testing.assert_allclose(actual, expected, atol=1e-6)


@pytest.mark.parametrize("hidden", [1e9, np.nan, -np.inf])
def test_masked_entries_have_no_part(hidden):
    mask = np.array([[1, 1, 0, 1, 1], [0, 0, 1, 0, 0], [0] * 5], "bool")
    rows = np.where(mask, ROWS[:3], np.float32(hidden))
    given = {} if hidden == -np.inf else {"mask": mask}

    def total(x):
        return ops.sum(ops.square(sparsemax(x, **given)))

    shares = as_float32(sparsemax(rows, **given))
    expected = by_root_finding(ROWS[0][mask[0]])
    np.testing.assert_allclose(shares[0][mask[0]], expected, atol=1e-6)
    assert np.all(shares[~mask] == 0)
    np.testing.assert_array_equal(shares[1:], mask[1:])
    _, (gradient,) = value_and_gradients(total, rows)
    assert np.all(np.isfinite(gradient)) and np.all(gradient[~mask] == 0)


def test_equal_scores_share_equally_with_a_gradient():
    zeros = np.zeros(4, "float32")
    np.testing.assert_allclose(as_float32(sparsemax(zeros)), 0.25)
    _, (gradient,) = value_and_gradients(lambda x: sparsemax(x)[0], zeros)
    np.testing.assert_allclose(gradient, [0.75, -0.25, -0.25, -0.25])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_sums_to_1_in_long_rows(dtype):
    row = np.random.default_rng(2).normal(size=3000) / 100
    row = ops.cast(row.astype("float32"), dtype)
    shares = sparsemax(row)
    assert keras.backend.standardize_dtype(shares.dtype) == dtype
    shares = as_float32(shares)
    np.testing.assert_allclose(shares.sum(), 1, rtol=0.01)
    np.testing.assert_allclose(
        shares, by_root_finding(as_float32(row)), atol=1e-4
    )


@pytest.mark.parametrize("offset", [1e3, -1e4])
def test_a_number_added_to_all_changes_nothing(offset):
    moved = np.round(ROWS * 64) / 64  # exact in float32 beside the offset
    np.testing.assert_allclose(
        as_float32(sparsemax(moved + np.float32(offset))),
        as_float32(sparsemax(moved)),
        atol=1e-6,
    )
