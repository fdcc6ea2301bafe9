import itertools

import keras
import numpy as np
import pytest
from keras import ops as kops

from keras_addons import ops
from tests.arrays import normal
from tests.gradients import value_and_gradients

array = keras.ops.convert_to_numpy
LEVELS = (5, 2, 7)


def sigmoid(features):
    return 1 / (1 + np.exp(-features.astype("float64")))


def test_outputs_are_the_rounded_integers():
    features = 3 * normal(4, 9, 3)
    actual = array(ops.finite_scalar_quantize(features, LEVELS))
    largest = np.array(LEVELS) - 1
    np.testing.assert_array_equal(actual, np.round(largest * sigmoid(features)))
    assert (actual >= 0).all() and (actual <= largest).all()


def test_the_gradient_is_that_without_rounding():
    features, factors = normal(4, 3), normal(4, 3)[::-1].copy()

    def total(features):
        quantized = ops.finite_scalar_quantize(features, LEVELS)
        return kops.sum(kops.multiply(factors, quantized))

    _, (actual,) = value_and_gradients(total, features)
    share = sigmoid(features)
    expected = factors * (np.array(LEVELS) - 1) * share * (1 - share)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision_has_the_same_integers(dtype):
    features = kops.cast(3 * normal(4, 9, 3), dtype)
    actual = ops.finite_scalar_quantize(features, LEVELS)
    assert keras.backend.standardize_dtype(actual.dtype) == dtype
    wide = ops.finite_scalar_quantize(kops.cast(features, "float32"), LEVELS)
    np.testing.assert_array_equal(
        array(kops.cast(actual, "float32")), array(wide)
    )


def test_the_number_of_a_code_is_one_to_one():
    codes = np.array(list(itertools.product(*map(range, LEVELS))))
    index = array(ops.fsq_codes_to_index(codes, LEVELS))
    assert sorted(index) == list(range(5 * 2 * 7))
    # c_0 + 5 c_1 + 10 c_2
    np.testing.assert_array_equal(index, codes @ [1, 5, 10])
    back = array(ops.fsq_index_to_codes(index, LEVELS))
    np.testing.assert_array_equal(back, codes)


def test_float_codes_and_more_axes():
    codes = np.array([[[4.0, 1.0, 6.0]], [[0.0, 1.0, 0.0]]], "float32")
    index = ops.fsq_codes_to_index(codes, LEVELS)
    assert array(index).tolist() == [[69], [5]]
    np.testing.assert_array_equal(
        array(ops.fsq_index_to_codes(index, LEVELS)), codes
    )


def test_the_largest_number_fits_into_int32():
    levels = (2**16, 2**15 - 1)
    largest = np.array([[2**16 - 1, 2**15 - 2]])
    index = ops.fsq_codes_to_index(largest, levels)
    assert int(index[0]) == 2**16 * (2**15 - 1) - 1
    np.testing.assert_array_equal(
        array(ops.fsq_index_to_codes(index, levels)), largest
    )


@pytest.mark.parametrize(
    "levels", [(), "55", 5, (5, 1), (5.0, 5), (2**16, 2**16)], ids=str
)
def test_levels_are_checked(levels):
    with pytest.raises(ValueError, match="`levels`.* Received"):
        ops.finite_scalar_quantize(normal(2, 2), levels)
