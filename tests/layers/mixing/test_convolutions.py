import keras
import numpy as np
import pytest

from keras_addons import layers
from tests.arrays import normal
from tests.layers.mixing.mixers import arrays
from tests.layers.mixing.mixers import trained


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def convolved(hidden, taps, is_causal):
    """Loops over texts, tokens, channels and taps (heads, kernel size)."""
    batch, length, size = hidden.shape
    _, _, heads, kernel_size = taps.shape
    left = kernel_size - 1 if is_causal else kernel_size // 2
    result = np.zeros_like(hidden)
    for b, i, c, t in np.ndindex(batch, length, size, kernel_size):
        source = i + t - left
        if 0 <= source < length:
            weight = taps[b, i, c // (size // heads), t]
            result[b, i, c] += weight * hidden[b, source, c]
    return result


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("kernel_size", [3, 4])
@pytest.mark.parametrize("is_dynamic", [False, True])
def test_it_is_the_formula(is_dynamic, kernel_size, is_causal):
    kind = "DynamicConvolution" if is_dynamic else "LightweightConvolution"
    layer = trained(getattr(layers, kind)(kernel_size, 2))
    features, weights = normal(2, 5, 8), arrays(layer)
    values = features @ weights["input/kernel"] + weights["input/bias"]
    values, gates = np.split(values, 2, axis=-1)
    hidden = values / (1 + np.exp(-gates))
    if is_dynamic:
        logits = hidden @ weights["taps/kernel"] + weights["taps/bias"]
    else:
        logits = np.tile(weights["taps"], (2, 5, 1, 1))
    taps = softmax(logits.reshape(2, 5, 2, kernel_size))
    expected = convolved(hidden, taps, is_causal)
    expected = expected @ weights["output/kernel"] + weights["output/bias"]
    actual = layer(features, use_causal_mask=is_causal)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual), expected, rtol=1e-4, atol=1e-5
    )


def test_dropout_is_of_training_alone():
    layer = trained(layers.DynamicConvolution(3, 2, dropout=0.9))
    features = normal(2, 5, 8)
    still = keras.ops.convert_to_numpy(layer(features, training=False))
    dropped = keras.ops.convert_to_numpy(layer(features, training=True))
    assert np.abs(dropped - still).max() > 1e-3


def test_a_kernel_longer_than_the_text_is_possible():
    layer = trained(layers.LightweightConvolution(9, 2))
    assert layer(normal(2, 3, 8)).shape == (2, 3, 8)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="`kernel_size` must be .*: 0"):
        layers.DynamicConvolution(0, 2)
    with pytest.raises(ValueError, match="`num_heads`=3 must divide.*: 8"):
        layers.LightweightConvolution(3, 3)(normal(2, 5, 8))
