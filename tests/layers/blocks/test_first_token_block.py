import keras
import numpy as np
import pytest

from keras_addons import layers
from tests.checks import check_config_round_trip

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(3, 5, 8)).astype("float32")
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], bool)


@pytest.fixture(scope="module")
def block():
    block = layers.TransformerBlock(
        layers.MultiHeadAttention(2, rotary=layers.RotaryEmbedding()),
        layers.FeedForward(16),
        dropout=0.5,
    )
    block(FEATURES)
    return block


MASKS = {
    "none": {},
    "keras": {"mask": MASK},
    "keys": {"attention_mask": MASK},
    "heads": {"attention_mask": np.tril(np.ones((3, 2, 5, 5), bool), 1)},
    "one for all": {"attention_mask": np.tril(np.ones((1, 5, 5), bool), 1)},
    "pairs": {"attention_mask": np.tril(np.ones((3, 5, 5), bool), 1)},
}


@pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)
def test_it_is_the_first_token_of_the_block(block, masks):
    expected = block(FEATURES, **masks)[:, 0]
    first = layers.FirstTokenBlock(block)(FEATURES, **masks)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(first),
        keras.ops.convert_to_numpy(expected),
        atol=1e-5,
    )


def test_it_trains_the_weights_of_the_block(block):
    first = layers.FirstTokenBlock(block)
    first(FEATURES)
    assert {id(w) for w in first.weights} == {id(w) for w in block.weights}


def test_no_mask_goes_on():
    first = layers.FirstTokenBlock(
        layers.TransformerBlock(
            layers.MultiHeadAttention(2), layers.FeedForward(16)
        )
    )
    outputs = first(keras.layers.Masking()(keras.Input((None, 8))))
    assert outputs.shape == (None, 8)
    assert getattr(outputs, "_keras_mask", None) is None


def test_a_block_without_a_feed_forward_layer():
    block = layers.TransformerBlock(layers.MultiHeadAttention(2), None)
    expected = keras.ops.convert_to_numpy(block(FEATURES))[:, 0]
    first = keras.ops.convert_to_numpy(layers.FirstTokenBlock(block)(FEATURES))
    np.testing.assert_allclose(first, expected, atol=1e-5)


def test_round_trip():
    check_config_round_trip(
        layers.FirstTokenBlock(
            layers.TransformerBlock(
                layers.MultiHeadAttention(2), layers.FeedForward(16), 0.1
            ),
            name="last",
        )
    )


def test_a_loaded_block_names_its_weights_as_the_saved_one(tmp_path):
    inputs = keras.Input((None, 8))
    inner = layers.TransformerBlock(
        layers.MultiHeadAttention(2), layers.FeedForward(12), name="inner"
    )
    model = keras.Model(
        inputs, layers.FirstTokenBlock(inner, name="last")(inputs)
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    paths = [weight.path for weight in model.weights]
    assert [weight.path for weight in loaded.weights] == paths
    assert all(path.startswith("last/inner/") for path in paths)
