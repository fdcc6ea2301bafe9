import keras
import numpy as np
import pytest

from keras_addons import layers
from tests.arrays import normal
from tests.layers.mixing.mixers import arrays
from tests.layers.mixing.mixers import trained


def dense(weights, name, features):
    return features @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("attention_dim", [None, 4])
def test_it_is_the_gating_unit_between_dense_layers(attention_dim):
    layer = trained(layers.GatedMLP(12, 7, attention_dim, activation="relu"))
    features, weights = normal(2, 5, 8), arrays(layer)
    hidden = np.maximum(dense(weights, "widen", features), 0)
    bias = None
    if attention_dim is not None:
        read = dense(weights, "attention_input", features)
        query, key, value = np.split(read, 3, axis=-1)
        scores = query @ np.swapaxes(key, 1, 2) / 2  # sqrt(4)
        bias = dense(weights, "attention_output", softmax(scores) @ value)
    gated = layer.gating(hidden, gate_bias=bias)
    gated = keras.ops.convert_to_numpy(gated)
    expected = dense(weights, "narrow", gated)
    actual = keras.ops.convert_to_numpy(layer(features))
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4)


def test_it_is_a_whole_block(archive):
    mixer = trained(layers.GatedMLP(12, 7))
    block = layers.TransformerBlock(mixer, None, epsilon=1e-6)
    features = normal(2, 5, 8)
    added = features + keras.ops.convert_to_numpy(mixer(features))
    expected = keras.layers.LayerNormalization(epsilon=1e-6)(added)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(block(features)),
        keras.ops.convert_to_numpy(expected),
        atol=1e-5,
    )
    paths = [weight.path for weight in block.weights]
    assert not any("feed_forward" in path for path in paths)


def test_hidden_features_must_have_halves():
    with pytest.raises(ValueError, match="`intermediate_dim` must be even.*9"):
        layers.GatedMLP(9, 7)
