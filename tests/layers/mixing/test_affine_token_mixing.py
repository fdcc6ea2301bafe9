import keras
import numpy as np
import pytest

from keras_addons import layers
from tests.arrays import normal
from tests.layers.mixing.mixers import arrays
from tests.layers.mixing.mixers import trained


def test_it_is_resmlp_s_formula():
    layer = trained(layers.AffineTokenMixing(7))
    features, weights = normal(2, 5, 8), arrays(layer)
    moved = weights["alpha"] * features + weights["beta"]
    expected = np.zeros_like(features)
    for i in range(5):
        for j in range(5):
            expected[:, i] += weights["kernel"][i, j] * moved[:, j]
        expected[:, i] += weights["bias"][i]
    expected *= weights["scale"]
    actual = keras.ops.convert_to_numpy(layer(features))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_it_starts_small():
    layer = layers.AffineTokenMixing(5, initial_scale=1e-5)
    assert np.abs(keras.ops.convert_to_numpy(layer(normal(2, 5, 8)))).max() < (
        1e-3
    )


def test_the_scale_must_be_positive():
    with pytest.raises(ValueError, match="`initial_scale` must be .*: 0"):
        layers.AffineTokenMixing(5, initial_scale=0)
