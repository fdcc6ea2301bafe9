import keras
import numpy as np
import pytest
from keras import ops as kops

from keras_addons import ops
from tests.arrays import normal
from tests.gradients import value_and_gradients

array = keras.ops.convert_to_numpy


@pytest.mark.parametrize("taps", [1, 2, 5, 8])
@pytest.mark.parametrize("is_causal", [False, True])
def test_one_kernel_for_all_positions_is_numpy_s_correlation(taps, is_causal):
    features, weights = normal(1, 6, 2, 3), normal(1, 1, 2, taps)
    left = taps - 1 if is_causal else taps // 2
    padded = np.pad(features, [(0, 0), (left, taps - 1 - left), (0, 0), (0, 0)])
    actual = array(ops.tap_convolution(features, weights, is_causal))
    for head, channel in np.ndindex(2, 3):
        expected = np.correlate(
            padded[0, :, head, channel], weights[0, 0, head], "valid"
        )
        np.testing.assert_allclose(
            actual[0, :, head, channel], expected, atol=1e-5
        )


def test_a_kernel_for_each_position():
    features, weights = normal(2, 4, 1, 1), normal(2, 4, 1, 2)
    actual = array(ops.tap_convolution(features, weights, is_causal=True))
    x, w = features[..., 0, 0], weights[:, :, 0]
    expected = w[..., 1] * x
    expected[:, 1:] += w[:, 1:, 0] * x[:, :-1]
    np.testing.assert_allclose(actual[..., 0, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_those_of_the_sum(jit_compile):
    # y_0 = w_0 x_0, y_1 = w_0' x_1 + w_1' x_0 for two causal taps.
    features, weights = normal(1, 2, 1, 1), normal(1, 2, 1, 2)

    def total(features, weights):
        return kops.sum(ops.tap_convolution(features, weights, True))

    _, (of_features, of_weights) = value_and_gradients(
        total, features, weights, jit_compile=jit_compile
    )
    (x0, x1), w = features.ravel(), weights[0, :, 0]
    expected = [w[0, 1] + w[1, 0], w[1, 1]]
    np.testing.assert_allclose(of_features.ravel(), expected, rtol=1e-5)
    np.testing.assert_allclose(of_weights.ravel(), [0, x0, x0, x1], rtol=1e-5)
