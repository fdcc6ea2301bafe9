import keras
import numpy as np
import pytest
from keras import ops as kops

from keras_addons import ops
from tests.arrays import normal
from tests.gradients import value_and_gradients

array = keras.ops.convert_to_numpy


@pytest.mark.parametrize("shape", [(2, 5, 8), (1, 8, 3), (2, 1, 1)])
def test_it_is_numpy_s_transform_of_both_axes(shape):
    features = normal(*shape)
    expected = np.fft.fft2(features.astype("float64")).real
    np.testing.assert_allclose(
        array(ops.fourier_mixing(features)), expected, atol=1e-4
    )


def test_a_transform_length_is_zeros_at_the_end():
    features = normal(2, 5, 8)
    padded = np.concatenate([features, np.zeros((2, 4, 8))], axis=1)
    expected = np.fft.fft2(padded).real[:, :5]
    np.testing.assert_allclose(
        array(ops.fourier_mixing(features, 9)), expected, atol=1e-4
    )


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_gradient_is_the_mixing_of_the_factors(jit_compile):
    # Both Fourier matrices are symmetric, so y = Re(F x F) is, too.
    factors = normal(2, 5, 8)[::-1].copy()

    def total(features):
        mixed = ops.fourier_mixing(features)
        return kops.sum(kops.multiply(factors, mixed))

    _, (gradient,) = value_and_gradients(
        total, normal(2, 5, 8), jit_compile=jit_compile
    )
    np.testing.assert_allclose(
        gradient, np.fft.fft2(factors).real, rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision_is_rounded_at_the_end_alone(dtype):
    features = kops.cast(normal(2, 5, 8), dtype)
    wide = array(ops.fourier_mixing(kops.cast(features, "float32")))
    mixed = ops.fourier_mixing(features)
    assert keras.backend.standardize_dtype(mixed.dtype) == dtype
    np.testing.assert_allclose(
        array(kops.cast(mixed, "float32")), wide, rtol=1e-2, atol=1e-3
    )
