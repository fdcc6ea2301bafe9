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


def mixed(weights, scores, features):
    """`softmax(scores) V` of two heads, (batch or 1, 2, length, length)."""
    values = features @ weights["value/kernel"] + weights["value/bias"]
    heads = [
        softmax(scores[:, number]) @ value
        for number, value in enumerate(np.split(values, 2, axis=-1))
    ]
    merged = np.concatenate(heads, axis=-1)
    return merged @ weights["output/kernel"] + weights["output/bias"]


def check(layer, scores, features):
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer(features)),
        mixed(arrays(layer), scores, features),
        rtol=1e-4,
        atol=1e-5,
    )


def test_random_scores_are_weights():
    layer = trained(layers.RandomSynthesizer(7, 2))
    scores = arrays(layer)["kernel"][None, :, :5, :5]
    check(layer, scores, normal(2, 5, 8))


def test_factorized_scores_are_a_product_of_weights():
    layer = trained(layers.RandomSynthesizer(7, 2, rank=3))
    weights = arrays(layer)
    rows, columns = weights["rows"][:, :5], weights["columns"][:, :5]
    scores = np.einsum("hir,hjr->hij", rows, columns)[None]
    check(layer, scores, normal(2, 5, 8))


@pytest.mark.parametrize("rank", [None, 3])
def test_random_probabilities_do_not_depend_on_the_text(rank):
    # So the layer is affine in the text: f(a + b) + f(0) = f(a) + f(b).
    layer = trained(layers.RandomSynthesizer(7, 2, rank))
    one, other = normal(2, 5, 8), normal(2, 5, 8)[:, ::-1]
    results = [
        keras.ops.convert_to_numpy(layer(each))
        for each in (one + other, 0 * one, one, other)
    ]
    left, right = results[0] + results[1], results[2] + results[3]
    np.testing.assert_allclose(left, right, atol=1e-4)


def test_dense_scores_are_a_function_of_the_token():
    layer = trained(layers.DenseSynthesizer(7, 2, hidden_dim=6))
    features, weights = normal(2, 5, 8), arrays(layer)
    hidden = features @ weights["hidden/kernel"] + weights["hidden/bias"]
    heads = np.split(np.maximum(hidden, 0), 2, axis=-1)
    scores = np.stack(
        [
            head @ weights["kernel"][number, :, :5]
            + weights["bias"][number, :, :5]
            for number, head in enumerate(heads)
        ],
        axis=1,
    )
    check(layer, scores, features)


def test_hidden_units_are_as_many_as_features():
    layer = layers.DenseSynthesizer(7, 2)
    layer.build((None, None, 8))
    assert layer.kernel.shape == (2, 4, 7)


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.RandomSynthesizer(7, 2, dropout=0.9),
        lambda: layers.DenseSynthesizer(7, 2, dropout=0.9),
    ],
    ids=["random", "dense"],
)
def test_dropout_is_of_training_alone(make):
    layer, features = trained(make()), normal(2, 5, 8)
    first, second = (
        keras.ops.convert_to_numpy(layer(features, training=False))
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    dropped = keras.ops.convert_to_numpy(layer(features, training=True))
    assert np.abs(dropped - first).max() > 1e-3


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="`rank` must be .*: 0"):
        layers.RandomSynthesizer(7, 2, rank=0)
    with pytest.raises(ValueError, match="must divide `hidden_dim`.*: 5"):
        layers.DenseSynthesizer(7, 2, hidden_dim=5)
    with pytest.raises(ValueError, match="`dropout` must be .*: 1"):
        layers.RandomSynthesizer(7, 2, dropout=1)
