import keras
import numpy as np
import pytest

from keras_addons import layers
from tests.arrays import normal
from tests.layers.mixing.mixers import arrays
from tests.layers.mixing.mixers import trained


def softmax(scores, axis):
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


@pytest.mark.parametrize("normalization", ["double", "softmax"])
def test_it_is_the_formula(normalization):
    layer = trained(layers.ExternalAttention(5, 2, normalization))
    features, weights = normal(2, 6, 8), arrays(layer)
    query = features @ weights["query/kernel"] + weights["query/bias"]
    heads = []
    for head in np.split(query, 2, axis=-1):
        scores = head @ weights["keys"].T  # (batch, length, slots)
        if normalization == "double":
            shares = softmax(scores, axis=1)
            shares = shares / shares.sum(axis=2, keepdims=True)
        else:
            shares = softmax(scores, axis=2)
        heads.append(shares @ weights["values"])
    expected = np.concatenate(heads, axis=-1) @ weights["output/kernel"]
    expected = expected + weights["output/bias"]
    actual = keras.ops.convert_to_numpy(layer(features))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("normalization", ["double", "softmax"])
def test_permuted_tokens_give_permuted_rows(normalization):
    layer = trained(layers.ExternalAttention(5, 2, normalization))
    features, order = normal(2, 6, 8), [3, 1, 5, 0, 2, 4]
    straight = keras.ops.convert_to_numpy(layer(features))
    permuted = keras.ops.convert_to_numpy(layer(features[:, order]))
    np.testing.assert_allclose(permuted, straight[:, order], atol=1e-5)


def test_with_softmax_rows_are_encoded_independently():
    layer = trained(layers.ExternalAttention(5, normalization="softmax"))
    features = normal(2, 6, 8)
    whole = keras.ops.convert_to_numpy(layer(features))
    alone = keras.ops.convert_to_numpy(layer(features[:, 2:3]))
    np.testing.assert_allclose(whole[:, 2:3], alone, atol=1e-5)


def test_scores_far_apart_are_finite():
    layer = trained(layers.ExternalAttention(5))
    outputs = keras.ops.convert_to_numpy(layer(1e4 * normal(2, 6, 8)))
    assert np.isfinite(outputs).all()


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="`normalization` must be .*: 'l2'"):
        layers.ExternalAttention(normalization="l2")
    with pytest.raises(ValueError, match="`num_heads`=3 must divide.*: 8"):
        layers.ExternalAttention(num_heads=3)(normal(2, 5, 8))
