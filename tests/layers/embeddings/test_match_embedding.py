import keras
import numpy as np
import pytest

from keras_addons.layers import MatchEmbedding
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

FEATURES = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
TOKENS = np.array([[7, 8, 9, 7, 8], [7, 5, 7, 7, 0]], "int32")
SEGMENTS = np.array([[0, 0, 0, 1, 1], [0, 0, 1, 1, 0]], "int32")
# By eye: 7 8 stands in both texts of the first row, 7 in both of the second.
LENGTHS = np.array([[2, 2, 0, 2, 2], [1, 0, 1, 1, 0]])


def test_the_row_of_the_length_is_added():
    layer = MatchEmbedding(4, initializer="uniform")
    actual = keras.ops.convert_to_numpy(layer(FEATURES, TOKENS, SEGMENTS))
    table = keras.ops.convert_to_numpy(layer.table)
    np.testing.assert_allclose(actual, FEATURES + table[LENGTHS], rtol=1e-5)


def test_longer_runs_count_as_the_longest():
    layer = MatchEmbedding(1, initializer="uniform")
    actual = keras.ops.convert_to_numpy(layer(FEATURES, TOKENS, SEGMENTS))
    table = keras.ops.convert_to_numpy(layer.table)
    expected = FEATURES + table[np.minimum(LENGTHS, 1)]
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_a_new_layer_adds_nothing():
    actual = MatchEmbedding()(FEATURES, TOKENS, SEGMENTS)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(actual), FEATURES)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_two_epochs_and_a_saved_model(policy, archive):
    keras.config.set_dtype_policy(policy)
    ids, segments = (keras.Input((None,), dtype="int32") for _ in range(2))
    features = keras.layers.Embedding(10, 3, mask_zero=True)(ids)
    outputs = MatchEmbedding(4)(features, ids, segments)
    model = keras.Model([ids, segments], outputs)
    jit_compile = JIT_CHOICES[0 if policy == "float32" else -1]
    model.compile("adam", loss="mse", jit_compile=jit_compile)
    model.fit([TOKENS, SEGMENTS], FEATURES, epochs=2, verbose=0)
    table = keras.ops.convert_to_numpy(model.layers[-1].table)
    # Runs of 0, 1 and 2 tokens were seen, those of 3 and 4 never.
    assert table.any(axis=1).tolist() == [True, True, True, False, False]
    mask = model([TOKENS, SEGMENTS])._keras_mask
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(mask), TOKENS > 0)
    archive.add("MatchEmbedding", model, [TOKENS[:, 1:], SEGMENTS[:, 1:]])


def test_round_trip():
    check_config_round_trip(MatchEmbedding(3, initializer="uniform"))


def test_longest_must_be_positive():
    with pytest.raises(ValueError, match="`longest` must be an integer >= 1"):
        MatchEmbedding(0)
