import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_addons.ops import soft_top_k_subsets
from tests.checks import JIT_CHOICES
from tests.gradients import as_float32
from tests.gradients import value_and_gradients
from tests.ops.top_k_definitions import by_subsets
from tests.ops.top_k_definitions import pairs_in_subsets

ROW = np.array([0.3, -1.2, 2.5, 0.9, -0.4, 1.1, 0.0], "float32")


@pytest.mark.parametrize("n, counts", [(2, [1]), (9, [1, 2, 5, 8])])
def test_equals_the_sum_over_all_subsets(n, counts):
    rows = np.random.default_rng(0).normal(size=(3, n))
    rows *= np.array([[0.1], [1.0], [5.0]])
    for k in counts:
        expected = [by_subsets(row, k) for row in rows]
        actual = as_float32(soft_top_k_subsets(rows.astype("float32"), k))
        np.testing.assert_allclose(actual, expected, atol=1e-5)
        np.testing.assert_allclose(actual.sum(-1), k, rtol=1e-5)


def test_k_1_is_softmax():
    shares = as_float32(soft_top_k_subsets(ROW, 1))
    np.testing.assert_allclose(shares, special.softmax(ROW), rtol=1e-6)


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_jacobian_is_the_covariance_of_the_entries(k, jit_compile):
    weights = np.eye(7, dtype="float32")

    def weighed(rows):
        return ops.sum(
            ops.convert_to_tensor(weights) * soft_top_k_subsets(rows, k)
        )

    _, (matrix,) = value_and_gradients(
        weighed, np.stack([ROW] * 7), jit_compile=jit_compile
    )
    row = ROW.astype("float64")
    shares = by_subsets(row, k)
    expected = pairs_in_subsets(row, k) - np.outer(shares, shares)
    np.testing.assert_allclose(matrix, expected, atol=3e-6)


def test_it_is_the_gradient_of_the_log_of_the_sum_over_subsets():
    # log(e^(a+b) + e^(a+c) + e^(b+c)), differentiated by autodiff.
    def log_sum(row):
        return ops.logsumexp(ops.sum(row) - row)

    row = ROW[:3]
    _, (gradient,) = value_and_gradients(log_sum, row)
    np.testing.assert_allclose(
        as_float32(soft_top_k_subsets(row, 2)), gradient, rtol=1e-6
    )


def test_a_wide_spread_stays_exact_and_finite():
    # The recursion in Z_k,i gives NaN at 30 times.
    rows = np.float32([[30.0], [1000.0]]) * ROW
    for k in (1, 3, 6):
        value, (gradient,) = value_and_gradients(
            lambda x, k=k: ops.sum(ops.square(soft_top_k_subsets(x, k))), rows
        )
        assert np.isfinite(value) and np.all(np.isfinite(gradient))
        shares = as_float32(soft_top_k_subsets(rows, k))
        exact = by_subsets(30 * ROW.astype("float64"), k)
        np.testing.assert_allclose(shares[0], exact, atol=1e-5)
        highest = np.isin(np.arange(7), np.argsort(-ROW)[:k])
        np.testing.assert_allclose(shares[1], highest, atol=1e-6)


def test_the_order_of_the_entries_is_kept_and_a_constant_changes_nothing():
    shares = as_float32(soft_top_k_subsets(ROW, 3))
    assert np.all(np.diff(shares[np.argsort(ROW)]) > 0)
    moved = as_float32(soft_top_k_subsets(ROW + 100, 3))
    np.testing.assert_allclose(moved, shares, atol=1e-5)


def test_a_low_temperature_selects_exactly():
    shares = as_float32(soft_top_k_subsets(ROW, 3, temperature=0.01))
    expected = np.isin(np.arange(7), np.argsort(-ROW)[:3])
    np.testing.assert_allclose(shares, expected, atol=1e-6)


def test_masked_entries_have_no_part_and_few_entries_are_selected_whole():
    mask = np.array([[1, 1, 0, 1, 0, 1, 1], [0, 1, 0, 0, 0, 1, 0], [0] * 7])
    mask = mask.astype("bool")
    rows = np.where(mask, ROW, np.float32(1e9))

    def shares_of(x):
        return soft_top_k_subsets(x, 3, mask=mask)

    shares = as_float32(shares_of(rows))
    np.testing.assert_allclose(
        shares[0][mask[0]], by_subsets(ROW[mask[0]], 3), atol=2e-6
    )
    assert np.all(shares[0][~mask[0]] == 0)
    np.testing.assert_array_equal(shares[1:], mask[1:])
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(ops.square(shares_of(x))), rows
    )
    assert np.all(np.isfinite(gradient)) and np.all(gradient[1:] == 0)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_stays(dtype):
    shares = soft_top_k_subsets(ops.cast(ROW, dtype), 3)
    assert keras.backend.standardize_dtype(shares.dtype) == dtype
    np.testing.assert_allclose(
        as_float32(shares), by_subsets(ROW, 3), atol=0.01
    )


def test_a_k_of_0_selects_nothing():
    np.testing.assert_array_equal(as_float32(soft_top_k_subsets(ROW, 0)), 0)


def test_other_k_are_refused():
    with pytest.raises(ValueError, match="`soft_top_k_laplace` takes a tensor"):
        soft_top_k_subsets(ROW, ops.convert_to_tensor([2]))
    with pytest.raises(ValueError, match="`k` must be an integer >= 0"):
        soft_top_k_subsets(ROW, -1)
    with pytest.raises(ValueError, match="`k` must be an integer >= 0"):
        soft_top_k_subsets(ROW, True)
