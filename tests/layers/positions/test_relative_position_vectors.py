import keras
import numpy as np
import pytest

from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import RelativePositionVectors
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip


def outputs(layer, *args, **kwargs):
    return keras.ops.convert_to_numpy(layer(*args, **kwargs))


def vector_by_definition(distance, size, max_distance):
    """Of NEZHA's code: the clipped distance, counted from 0, as a position."""
    position = min(max(distance, -max_distance), max_distance) + max_distance
    vector = np.empty(size)
    for i in range(size // 2):
        angle = position / 10000 ** (2 * i / size)
        vector[2 * i], vector[2 * i + 1] = np.sin(angle), np.cos(angle)
    return vector


def attend_by_definition(layer, features, vectors, visible):
    """Equations 4 and 5 of NEZHA, one query at a time."""
    dense = [layer.query, layer.key, layer.value, layer.output_dense]
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = [d.get_weights() for d in dense]
    size = vectors.shape[-1]
    read = np.empty((*features.shape[:2], wq.shape[1]))
    for text, i, head in np.ndindex(*features.shape[:2], layer.num_heads):
        columns = slice(head * size, (head + 1) * size)
        query = (features[text, i] @ wq + bq)[columns]
        keys = (features[text] @ wk + bk)[:, columns] + vectors[i]
        values = (features[text] @ wv + bv)[:, columns] + vectors[i]
        shares = np.exp(keys @ query / np.sqrt(size)) * visible[text]
        read[text, i, columns] = shares / shares.sum() @ values
    return read @ wo + bo


def test_every_distance_has_its_vector():
    layer = RelativePositionVectors(size=6, max_distance=3)
    vectors = outputs(layer, normal(1, 5, 4), normal(1, 9, 4), first=2)
    assert vectors.shape == (5, 9, 6)
    for query, key in np.ndindex(5, 9):
        expected = vector_by_definition(key - query - 2, 6, 3)
        np.testing.assert_allclose(vectors[query, key], expected, atol=1e-5)


def test_attention_adds_them_to_keys_and_values():
    features = normal(2, 6, 8)
    visible = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
    vectors = outputs(RelativePositionVectors(4, max_distance=2), features)
    layer = MultiHeadAttention(2)
    actual = outputs(
        layer,
        features,
        attention_mask=visible.astype(bool),
        relative_vectors=vectors,
    )
    expected = attend_by_definition(layer, features, vectors, visible)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_vectors_of_zeros_change_nothing():
    features = normal(2, 6, 8)
    layer, zeros = MultiHeadAttention(2), np.zeros((6, 6, 4), "float32")
    bias = normal(1, 2, 6, 6)
    np.testing.assert_allclose(
        outputs(layer, features, attention_bias=bias, relative_vectors=zeros),
        outputs(layer, features, attention_bias=bias),
        atol=1e-6,
    )


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_model_trains_with_them_and_is_saved(policy, archive):
    keras.config.set_dtype_policy(policy)
    inputs = keras.Input((None, 8))
    vectors = RelativePositionVectors(4)(inputs)
    attention = MultiHeadAttention(2, dropout=0.1)
    features = attention(inputs, relative_vectors=vectors)
    model = keras.Model(inputs, features)
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=JIT_CHOICES[-1])
    data = normal(4, 5, 8)
    history = model.fit(data, data, epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]
    if policy == "float32":
        archive.add("RelativePositionVectors", model, data)


def test_round_trip():
    check_config_round_trip(RelativePositionVectors(8, max_distance=5))


def test_odd_sizes_are_refused():
    with pytest.raises(ValueError, match="`size` must be even. Received: 7"):
        RelativePositionVectors(7)
