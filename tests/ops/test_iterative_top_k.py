import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_addons.ops import soft_top_k_iterative
from tests.gradients import as_float32
from tests.gradients import value_and_gradients
from tests.ops.top_k_definitions import repeated_softmax

ROW = np.array([0.3, -1.2, 2.5, 0.9, -0.4, 1.1, 0.0], "float32")


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_equals_the_definition_and_sums_to_k(k, temperature):
    actual = as_float32(soft_top_k_iterative(ROW, k, temperature))
    expected = repeated_softmax(ROW / temperature, k)
    np.testing.assert_allclose(actual, expected, atol=1e-5)
    np.testing.assert_allclose(actual.sum(), k, rtol=1e-6)


def test_k_1_is_softmax():
    shares = as_float32(soft_top_k_iterative(ROW, 1))
    np.testing.assert_allclose(shares, special.softmax(ROW), rtol=1e-5)


def test_the_limit_selects_two_where_weights_of_1_minus_p_would_not():
    # sum softmax(x) (1 - p) would give (1.5, .5) for the two highest.
    x = np.array([3.0, 2.0, 1.0, 4.0], "float32")
    shares = as_float32(soft_top_k_iterative(x, 2, temperature=1 / 8))
    np.testing.assert_allclose(shares, [1, 0, 0, 1], atol=1e-3)


def test_a_share_may_be_above_1_as_documented():
    # After the first, all are at the lowest: 1/3 each.
    x = np.array([500.0, 0.0, 0.0], "float32")
    shares = as_float32(soft_top_k_iterative(x, 2))
    np.testing.assert_allclose(shares, [4 / 3, 1 / 3, 1 / 3], rtol=1e-6)


def test_masked_entries_have_no_part_and_gradients_are_finite():
    mask = np.array([1, 1, 0, 1, 0, 1, 1], "bool")
    row = np.where(mask, ROW, np.float32(1e9))
    shares = as_float32(soft_top_k_iterative(row, 2, mask=mask))
    np.testing.assert_allclose(
        shares[mask], repeated_softmax(ROW[mask], 2), atol=1e-6
    )
    assert np.all(shares[~mask] == 0)
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(ops.square(soft_top_k_iterative(x, 2, mask=mask))),
        row,
    )
    assert np.all(np.isfinite(gradient)) and np.all(gradient[~mask] == 0)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_stays(dtype):
    shares = soft_top_k_iterative(ops.cast(ROW, dtype), 3)
    assert keras.backend.standardize_dtype(shares.dtype) == dtype
    np.testing.assert_allclose(
        as_float32(shares), repeated_softmax(ROW, 3), atol=0.01
    )


def test_other_k_are_refused():
    with pytest.raises(ValueError, match="`soft_top_k_laplace` takes a tensor"):
        soft_top_k_iterative(ROW, np.array([2]))
    with pytest.raises(ValueError, match="`k` must be an integer >= 0"):
        soft_top_k_iterative(ROW, 1.5)
