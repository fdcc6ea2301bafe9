import keras
import numpy as np
import pytest

from keras_addons.layers import EntropyInvariantSoftmax
from keras_addons.layers import FeedForward
from keras_addons.layers import KeyValueCache
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import ReRoPE
from keras_addons.layers import RotaryEmbedding
from keras_addons.layers import TransformerBlock
from tests.arrays import normal
from tests.checks import check_layer
from tests.ops.definitions import rotate_by_definition

MASK = np.arange(9) < np.array([[9], [6]])


def rotary_attention(**options):
    return MultiHeadAttention(2, rotary=RotaryEmbedding(), **options)


def outputs(layer, *args, **kwargs):
    return keras.ops.convert_to_numpy(layer(*args, **kwargs))


def attend_by_definition(layer, features, window, visible):
    """One query at a time, with clipped distances."""
    dense = [layer.query, layer.key, layer.value, layer.output_dense]
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = [d.get_weights() for d in dense]
    size = layer.size_of_head
    read = np.empty((*features.shape[:2], wq.shape[1]))
    for text, i, head in np.ndindex(*features.shape[:2], layer.num_heads):
        columns = slice(head * size, (head + 1) * size)
        query = (features[text, i] @ wq + bq)[columns]
        keys = (features[text] @ wk + bk)[:, columns]
        distances = np.clip(np.arange(len(keys)) - i, -window, window)
        keys = rotate_by_definition(keys, distances)
        shares = np.exp(keys @ query / np.sqrt(size)) * visible[text, i]
        values = (features[text] @ wv + bv)[:, columns]
        read[text, i, columns] = shares / shares.sum() @ values
    return read @ wo + bo


def test_shared_checks(archive):
    check_layer(
        lambda: ReRoPE(rotary_attention(dropout=0.1), window=2, slope=0.5),
        normal(4, 5, 8),
        archive,
    )


@pytest.mark.parametrize("causal", [False, True])
def test_equals_the_definition(causal):
    attention, features = rotary_attention(), normal(2, 9, 8)
    actual = outputs(
        ReRoPE(attention, window=3),
        features,
        attention_mask=MASK,
        use_causal_mask=causal,
    )
    visible = np.repeat(MASK[:, None], 9, axis=1)
    if causal:
        visible = visible & np.tril(np.ones((9, 9), bool))
    expected = attend_by_definition(attention, features, 3, visible)
    np.testing.assert_allclose(actual, expected, atol=1e-4)


@pytest.mark.parametrize("options", [{"window": 9}, {"window": 2, "slope": 1}])
@pytest.mark.parametrize("causal", [False, True])
def test_inside_the_window_it_is_the_attention(options, causal):
    attention, features = rotary_attention(), normal(2, 9, 8)
    layer = ReRoPE(attention, **options)
    for arguments in ({}, {"mask": MASK}, {"attention_mask": MASK}):
        np.testing.assert_allclose(
            outputs(layer, features, use_causal_mask=causal, **arguments),
            outputs(attention, features, use_causal_mask=causal, **arguments),
            atol=1e-5,
        )
    assert [each.path for each in layer.weights] == [
        each.path for each in attention.weights
    ]


def test_a_loaded_layer_names_its_weights_as_the_saved_one(tmp_path):
    inputs = keras.Input((None, 8))
    layer = ReRoPE(rotary_attention(name="inner"), window=3, name="longer")
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    fresh = keras.Model.from_config(model.get_config())
    fresh.load_weights(tmp_path / "model.weights.h5")
    expected = outputs(model, normal(2, 9, 8))
    for copy in (loaded, fresh):
        paths = [weight.path for weight in copy.weights]
        assert paths == [weight.path for weight in model.weights]
        assert all(path.startswith("longer/inner/") for path in paths)
        actual = outputs(copy, normal(2, 9, 8))
        np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_an_attention_that_others_use_too_is_loaded_once(tmp_path):
    inputs = keras.Input((None, 8))
    attention = rotary_attention(name="inner")
    middle = attention(inputs)
    layer = ReRoPE(attention, window=3, name="longer")
    model = keras.Model(inputs, layer(middle))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    paths = [weight.path for weight in loaded.weights]
    assert paths == [weight.path for weight in model.weights]
    assert loaded.get_layer("longer").attention is loaded.get_layer("inner")


def test_a_block_takes_it():
    block = TransformerBlock(ReRoPE(rotary_attention(), 3), FeedForward(16))
    features = normal(2, 9, 8)
    assert outputs(block, features, use_causal_mask=True).shape == (2, 9, 8)


@pytest.mark.parametrize(
    "attention",
    [
        MultiHeadAttention(2),
        MultiHeadAttention(2, rotary=RotaryEmbedding(rotate_values=True)),
        MultiHeadAttention(2, rotary=RotaryEmbedding(interpolation=2)),
    ],
)
def test_other_attentions_are_refused(attention):
    with pytest.raises(ValueError, match="`attention` must have a"):
        ReRoPE(attention, window=3)


@pytest.mark.parametrize("options", [{"window": 0}, {"window": 2, "slope": -1}])
def test_other_numbers_are_refused(options):
    with pytest.raises(ValueError, match="`window`|`slope`"):
        ReRoPE(rotary_attention(), **options)


LAYERS = {
    "rerope": lambda: ReRoPE(rotary_attention(), window=3),
    "leaky": lambda: ReRoPE(rotary_attention(), window=3, slope=0.25),
    "log n": lambda: ReRoPE(
        rotary_attention(
            normalization=EntropyInvariantSoftmax(base_length=3, min_keys=3)
        ),
        window=2,
    ),
    "shared heads": lambda: ReRoPE(
        MultiHeadAttention(4, rotary=RotaryEmbedding(), num_key_value_heads=2),
        window=3,
    ),
}
PARTS = (0, 3), (3, 4), (4, 5), (5, 8), (8, 9)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("in_block", [False, True])
def test_decoding_with_a_cache_is_the_whole(name, in_block):
    layer, features = LAYERS[name](), normal(2, 9, 8)
    if in_block:
        layer = TransformerBlock(layer, FeedForward(16))
    whole = outputs(layer, features, use_causal_mask=True)
    attention = layer.attention if in_block else layer
    size = attention.attention.size_of_head
    keys, values = np.zeros((2, 2, 2, 11, size), "float32")
    for start, stop in PARTS:
        cache = KeyValueCache(keys, values, index=start)
        part = outputs(
            layer, features[:, start:stop], cache=cache, use_causal_mask=True
        )
        keys, values = cache.keys, cache.values
        np.testing.assert_allclose(part, whole[:, start:stop], atol=1e-5)


def test_a_cache_remembers_positions_that_are_not_its_slots():
    # The texts have 3 and 2 tokens in the first three slots, then go on.
    layer, features = LAYERS["leaky"](), normal(2, 7, 8)
    short = np.concatenate([features[1:, :2], features[1:, 3:]], axis=1)
    whole = [
        outputs(layer, features[:1], use_causal_mask=True)[0],
        outputs(layer, short, use_causal_mask=True)[0],
    ]
    positions = np.array([[0, 1, 2, 3, 4, 5, 6], [0, 1, 9, 2, 3, 4, 5]])
    is_token = np.array([[1] * 8, [1, 1, 0, 1, 1, 1, 1, 1]], "bool")
    keys, values = np.zeros((2, 2, 2, 8, 4), "float32")
    remembered = np.zeros((2, 8), "int32")
    parts = []
    for start, stop in ((0, 3), (3, 4), (4, 7)):
        cache = KeyValueCache(keys, values, start, remembered)
        part = layer(
            features[:, start:stop],
            attention_mask=is_token[:, None],
            use_causal_mask=True,
            positions=positions[:, start:stop],
            cache=cache,
        )
        keys, values, remembered = cache.keys, cache.values, cache.positions
        parts.append(keras.ops.convert_to_numpy(part))
    actual = np.concatenate(parts, axis=1)
    np.testing.assert_allclose(actual[0], whole[0], atol=1e-5)
    np.testing.assert_allclose(actual[1, [0, 1]], whole[1][:2], atol=1e-5)
    np.testing.assert_allclose(actual[1, 3:], whole[1][2:], atol=1e-5)


def test_positions_of_a_cache_without_them_are_refused():
    layer, features = LAYERS["leaky"](), normal(2, 3, 8)
    keys, values = np.zeros((2, 2, 2, 4, 4), "float32")
    cache = KeyValueCache(keys, values, index=0)
    with pytest.raises(ValueError, match="pass `KeyValueCache.keys, values, i"):
        layer(features, cache=cache, positions=np.tile(np.arange(3), (2, 1)))


def test_positions_may_be_given_without_a_cache():
    layer, row = LAYERS["leaky"](), normal(1, 9, 8)
    both = np.concatenate([row, row[:, ::-1]])
    positions = np.stack([np.arange(9) + 5, np.arange(9)[::-1]])
    turned = outputs(layer, both, positions=positions)
    whole = outputs(layer, row)
    np.testing.assert_allclose(turned[:1], whole, atol=1e-4)
    np.testing.assert_allclose(turned[1:, ::-1], whole, atol=1e-4)


def test_inverse_leaky_is_trained_with_a_slope_and_read_without():
    # Both layers share their weights; up to the window they agree.
    attention, features = rotary_attention(), normal(2, 9, 8)
    training = ReRoPE(attention, window=3, slope=16.0)
    whole = outputs(training, features, use_causal_mask=True)
    read = outputs(attention, features, use_causal_mask=True)
    np.testing.assert_allclose(whole[:, :4], read[:, :4], atol=1e-5)
    assert not np.allclose(whole[:, 4:], read[:, 4:], atol=1e-4)


def test_shared_checks_of_a_normalization(archive):
    check_layer(LAYERS["log n"], normal(4, 5, 8), archive)


def test_a_causal_mask_is_about_the_order_and_not_about_positions():
    # Token 0 is at the last position: distances of both signs are clipped.
    layer, features = LAYERS["leaky"](), normal(2, 9, 8)
    positions = np.tile(np.arange(9)[::-1], (2, 1))
    np.testing.assert_allclose(
        outputs(layer, features, positions=positions, use_causal_mask=True),
        outputs(
            layer,
            features,
            positions=positions,
            attention_mask=np.tril(np.ones((2, 9, 9), bool)),
        ),
        atol=1e-5,
    )
