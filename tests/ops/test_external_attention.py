import keras
import numpy as np
import pytest
from keras import ops as kops

from keras_addons import ops
from tests.arrays import normal
from tests.gradients import value_and_gradients

array = keras.ops.convert_to_numpy
QUERY, KEYS, VALUES = normal(2, 2, 6, 3), normal(5, 3), normal(5, 4)
TOKENS = np.array([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], "bool")


def by_loops(tokens, normalization):
    """In float64: exponentials, then one quotient after the other."""
    powers = np.exp((QUERY @ KEYS.T).astype("float64"))
    if normalization == "double":
        counted = powers * tokens[:, None, :, None]
        powers = powers / counted.sum(axis=2, keepdims=True)
    return powers / powers.sum(axis=3, keepdims=True) @ VALUES


@pytest.mark.parametrize("normalization", ["double", "softmax"])
def test_it_is_the_formula(normalization):
    everything = np.ones_like(TOKENS)
    actual = ops.external_attention(
        QUERY, KEYS, VALUES, normalization=normalization
    )
    expected = by_loops(everything, normalization)
    np.testing.assert_allclose(array(actual), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("normalization", ["double", "softmax"])
def test_padding_takes_no_part(normalization):
    tokens = kops.convert_to_tensor(TOKENS)
    actual = ops.external_attention(QUERY, KEYS, VALUES, tokens, normalization)
    expected = by_loops(TOKENS, normalization)
    np.testing.assert_allclose(array(actual), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_finite_for_scores_far_apart(jit_compile):
    tokens = kops.convert_to_tensor(TOKENS)

    def total(*arrays):
        return kops.sum(ops.external_attention(*arrays, tokens) ** 2)

    value, gradients = value_and_gradients(
        total, 300 * QUERY, KEYS, VALUES, jit_compile=jit_compile
    )
    assert np.isfinite(value)
    assert all(np.isfinite(each).all() for each in gradients)
