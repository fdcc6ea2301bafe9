import keras
import numpy as np
import pytest

from keras_addons import ops
from keras_addons.layers import NgramEmbedding
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

FEATURES = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")
TOKENS = np.random.default_rng(1).integers(0, 9, (4, 5)).astype("int32")


def test_the_vectors_of_all_sizes_are_added():
    layer = NgramEmbedding(50, sizes=[2, 3], initializer="uniform")
    actual = keras.ops.convert_to_numpy(layer(FEATURES, TOKENS))
    expected = FEATURES.copy()
    for size, table in zip([2, 3], layer.tables):
        buckets = ops.hashed_ngrams(TOKENS, size, 50)
        table = keras.ops.convert_to_numpy(table.embeddings)
        expected += table[keras.ops.convert_to_numpy(buckets)]
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_a_new_layer_adds_nothing():
    actual = NgramEmbedding(50)(FEATURES, TOKENS)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(actual), FEATURES)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_two_epochs_and_a_saved_model(policy, archive):
    keras.config.set_dtype_policy(policy)
    ids = keras.Input((None,), dtype="int32")
    features = keras.layers.Embedding(9, 3)(ids)
    model = keras.Model(ids, NgramEmbedding(50, sizes=[2, 3])(features, ids))
    jit_compile = JIT_CHOICES[0 if policy == "float32" else -1]
    model.compile("adam", loss="mse", jit_compile=jit_compile)
    model.fit(TOKENS, FEATURES, epochs=2, batch_size=2, verbose=0)
    assert np.all(keras.ops.convert_to_numpy(model.layers[-1].weights[0]).any())
    archive.add("NgramEmbedding", model, TOKENS[:, :4])


def test_round_trip():
    check_config_round_trip(NgramEmbedding(50, [1, 2], initializer="uniform"))


def test_the_mask_of_the_features_passes_through():
    ids = keras.Input((None,), dtype="int32")
    features = keras.layers.Embedding(9, 4, mask_zero=True)(ids)
    model = keras.Model(ids, NgramEmbedding(20)(features, ids))
    mask = keras.ops.convert_to_numpy(model(np.array([[5, 0]]))._keras_mask)
    assert mask.tolist() == [[True, False]]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"num_buckets": 0}, "`num_buckets` must be an integer >= 1"),
        ({"num_buckets": 2**21}, "`num_buckets` must be at most 1048576"),
        ({"num_buckets": 9, "sizes": "23"}, "`sizes` must be a list"),
        ({"num_buckets": 9, "sizes": []}, "`sizes` must be a list"),
        ({"num_buckets": 9, "sizes": [0]}, "`sizes` must be an integer >= 1"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        NgramEmbedding(**arguments)
