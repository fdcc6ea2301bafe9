import keras
import numpy as np
import pytest

from keras_addons import layers
from tests.arrays import normal
from tests.layers.mixing.mixers import arrays
from tests.layers.mixing.mixers import trained


def test_it_is_a_feed_forward_layer_over_the_first_positions():
    layer = trained(layers.TokenMLP(7, 6, activation="relu"))
    features, weights = normal(2, 5, 8), arrays(layer)
    hidden = np.einsum("hj,bjd->bhd", weights["widen_kernel"][:, :5], features)
    hidden = np.maximum(hidden + weights["widen_bias"][:, None], 0)
    expected = np.einsum("ih,bhd->bid", weights["narrow_kernel"][:5], hidden)
    expected = expected + weights["narrow_bias"][:5, None]
    actual = keras.ops.convert_to_numpy(layer(features))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_it_is_the_feed_forward_layer_of_the_transposed_text():
    layer = trained(layers.TokenMLP(5, 6))
    features, weights = normal(2, 5, 8), arrays(layer)
    other = layers.FeedForward(6)
    turned = keras.ops.convert_to_tensor(np.swapaxes(features, 1, 2))
    other.build((None, None, 5))
    other.widen.set_weights([weights["widen_kernel"].T, weights["widen_bias"]])
    narrow = weights["narrow_kernel"].T, weights["narrow_bias"]
    other.narrow.set_weights(narrow)
    expected = np.swapaxes(keras.ops.convert_to_numpy(other(turned)), 1, 2)
    actual = keras.ops.convert_to_numpy(layer(features))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_features_do_not_mix():
    layer, features = trained(layers.TokenMLP(5, 6)), normal(1, 5, 8)
    before = keras.ops.convert_to_numpy(layer(features))
    features[..., 3] += 1.0
    after = keras.ops.convert_to_numpy(layer(features))
    changed = np.abs(after - before).max(axis=(0, 1)) > 1e-6
    assert changed.tolist() == [feature == 3 for feature in range(8)]


def test_the_hidden_size_must_be_positive():
    with pytest.raises(ValueError, match="`intermediate_dim` must be .*: -1"):
        layers.TokenMLP(5, -1)
