import keras
import numpy as np
from keras import ops as kops

from keras_addons import ops
from keras_addons.ops.token_mixing import hide_padding
from tests.arrays import normal
from tests.gradients import value_and_gradients

array = keras.ops.convert_to_numpy
FEATURES = normal(2, 5, 3)
KERNEL = normal(7, 7)
BIAS = normal(7)


def by_loops(pairs):
    expected = np.zeros((2, 5, 3))
    for text, row, column in np.ndindex(2, 5, 5):
        if pairs[text % len(pairs), row, column]:
            weight = KERNEL[row, column]
            expected[text, row] += weight * FEATURES[text, column]
    return expected


def test_a_row_is_a_weighted_sum_of_tokens():
    expected = by_loops(np.ones((1, 5, 5))) + BIAS[:5, None]
    actual = array(ops.mix_tokens(FEATURES, KERNEL, BIAS))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_masks_of_one_or_every_text():
    random = np.random.default_rng(1)
    for texts in (1, 2):
        pairs = random.random((texts, 5, 5)) < 0.5
        masks = kops.convert_to_tensor(pairs)
        actual = array(ops.mix_tokens(FEATURES, KERNEL, pairs=masks))
        expected = by_loops(pairs)
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_what_is_masked_has_no_gradient_and_harms_none():
    features = FEATURES.copy()
    features[0, 3:] = np.nan
    tokens = kops.convert_to_tensor([[True] * 3 + [False] * 2, [True] * 5])

    def total(features, kernel):
        hidden = hide_padding(features, tokens)
        return kops.sum(ops.mix_tokens(hidden, kernel) ** 2)

    for jit_compile in (False, True):
        value, gradients = value_and_gradients(
            total, features, KERNEL, jit_compile=jit_compile
        )
        assert np.isfinite(value)
        assert np.isfinite(gradients[1]).all()
        assert not gradients[0][0, 3:].any()


def test_the_dtype_is_that_of_the_features():
    features = kops.cast(FEATURES, "bfloat16")
    mixed = ops.mix_tokens(features, KERNEL, BIAS)
    assert keras.backend.standardize_dtype(mixed.dtype) == "bfloat16"
