import keras
import numpy as np
import pytest

from keras_addons.layers import FeedForward
from keras_addons.layers import FourierMixing
from keras_addons.layers import KeyValueCache
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import RelativePositionBias
from keras_addons.layers import RelativePositionVectors
from keras_addons.layers import TransformerBlock
from tests.arrays import normal
from tests.checks import check_layer
from tests.layers.attention.definitions import attend_by_definition


def block(**options):
    return TransformerBlock(
        MultiHeadAttention(2, name="attention"),
        FeedForward(12, name="feed_forward"),
        **options,
    )


def normalized(features):
    mean = features.mean(axis=-1, keepdims=True)
    return (features - mean) / features.std(axis=-1, keepdims=True)


def test_shared_checks(archive):
    check_layer(lambda: block(dropout=0.1), normal(4, 5, 8), archive)


def test_a_loaded_block_names_its_weights_as_the_saved_one(tmp_path):
    # Patterns such as "block_0" choose the weights of optimizer wrappers.
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, block(name="block_0")(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    paths = [weight.path for weight in model.weights]
    assert [weight.path for weight in loaded.weights] == paths
    assert all(path.startswith("block_0/") for path in paths)


def test_each_half_is_added_and_normalized():
    layer, features = block(), normal(2, 5, 8)
    actual = keras.ops.convert_to_numpy(layer(features))
    read = keras.ops.convert_to_numpy(layer.attention(features))
    middle = normalized(features + read)
    added = keras.ops.convert_to_numpy(layer.feed_forward(middle))
    np.testing.assert_allclose(actual, normalized(middle + added), atol=1e-4)


def test_masks_reach_the_attention():
    layer, features = block(), normal(1, 5, 8)
    whole = keras.ops.convert_to_numpy(layer(features, use_causal_mask=True))
    start = keras.ops.convert_to_numpy(
        layer(features[:, :3], use_causal_mask=True)
    )
    np.testing.assert_allclose(whole[:, :3], start, atol=1e-5)


def test_a_cache_passes_through_the_attention():
    layer, features = block(), normal(1, 5, 8)
    whole = keras.ops.convert_to_numpy(layer(features, use_causal_mask=True))
    keys, values = np.zeros((2, 1, 2, 5, 4), "float32")
    for index in range(5):
        cache = KeyValueCache(keys, values, index)
        last = layer(
            features[:, index : index + 1],
            attention_mask=np.arange(5)[None, None] <= index,
            cache=cache,
        )
        keys, values = cache.keys, cache.values
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(last)[:, 0], whole[:, index], atol=1e-5
        )


@pytest.mark.parametrize("with_pairs", [False, True])
@pytest.mark.parametrize("by_argument", [False, True])
def test_padding_never_changes_another_token(with_pairs, by_argument):
    layer, features = block(), normal(1, 5, 8)
    mask = np.array([[True, True, True, False, False]])
    pairs = np.ones((1, 5, 5), "bool") if with_pairs else None
    inputs = keras.ops.convert_to_tensor(features)
    if by_argument:
        padded = layer(inputs, attention_mask=pairs, mask=mask)
    else:
        inputs._keras_mask = keras.ops.convert_to_tensor(mask)
        padded = layer(inputs, attention_mask=pairs)
    alone = layer(features[:, :3])
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(padded)[:, :3],
        keras.ops.convert_to_numpy(alone),
        atol=1e-5,
    )


def test_paths_say_where_a_weight_is():
    layer = block(name="block_0")
    layer(normal(1, 2, 8))
    paths = {weight.path for weight in layer.weights}
    assert "block_0/attention/query/kernel" in paths
    assert "block_0/feed_forward_norm/gamma" in paths
    assert len(paths) == 16


def test_a_relative_bias_passes_through_to_the_attention():
    layer, features = block(), normal(2, 5, 8)
    bias = 3.0 * normal(1, 2, 5, 5)
    actual = keras.ops.convert_to_numpy(layer(features, attention_bias=bias))
    read = layer.attention(features, attention_bias=bias)
    expected = second_half(layer, features, read)
    np.testing.assert_allclose(actual, expected, atol=1e-4)
    assert not np.allclose(actual, keras.ops.convert_to_numpy(layer(features)))


def test_relative_vectors_pass_through_to_the_attention():
    layer, features = block(), normal(2, 5, 8)
    vectors = RelativePositionVectors(4)(features)
    actual = layer(features, relative_vectors=vectors)
    read = layer.attention(features, relative_vectors=vectors)
    expected = second_half(layer, features, read)
    actual = keras.ops.convert_to_numpy(actual)
    np.testing.assert_allclose(actual, expected, atol=1e-4)
    assert not np.allclose(actual, keras.ops.convert_to_numpy(layer(features)))


def second_half(layer, features, read):
    middle = normalized(features + keras.ops.convert_to_numpy(read))
    added = keras.ops.convert_to_numpy(layer.feed_forward(middle))
    return normalized(middle + added)


def test_a_model_with_one_bias_for_all_blocks(archive):
    # T5's: a layer of its own, whose table learns from all blocks.
    inputs = keras.Input((None, 8))
    bias = RelativePositionBias(2, initializer="ones", name="bias")(inputs)
    features = inputs
    for number in range(2):
        each = block(name=f"block_{number}")
        features = each(features, attention_bias=bias)
    model = keras.Model(inputs, features)
    archive.add("relative bias", model, normal(2, 5, 8))


def test_without_a_feed_forward_layer_it_is_the_first_half(archive):
    features = normal(2, 5, 8)
    layer = TransformerBlock(MultiHeadAttention(2), None, dropout=0.1)
    actual = keras.ops.convert_to_numpy(layer(features))
    read = keras.ops.convert_to_numpy(layer.attention(features))
    np.testing.assert_allclose(actual, normalized(features + read), atol=1e-4)
    check_layer(
        lambda: TransformerBlock(MultiHeadAttention(2), None, dropout=0.1),
        normal(4, 5, 8),
        archive,
    )


def test_a_config_written_before_token_mixers_is_read():
    config = block(dropout=0.1).get_config()
    names = ("attention", "feed_forward", "dropout", "epsilon")
    assert set(names) <= set(config)
    again = TransformerBlock.from_config(config)
    assert isinstance(again.feed_forward, FeedForward)


def scores_by_loop(attention, features, previous=0.0):
    """`q_i . k_j / sqrt(size) + previous`, number by number."""
    (wq, bq), (wk, bk) = (
        dense.get_weights() for dense in (attention.query, attention.key)
    )
    size = attention.size_of_head
    batch, length, _ = features.shape
    scores = np.zeros((batch, attention.num_heads, length, length)) + previous
    for text, head, i, j in np.ndindex(*scores.shape):
        columns = slice(head * size, (head + 1) * size)
        q = (features[text, i] @ wq + bq)[columns]
        k = (features[text, j] @ wk + bk)[columns]
        scores[text, head, i, j] += q @ k / size**0.5
    return scores


def test_two_blocks_that_hand_on_their_scores_by_loop():
    first, second = block(), block()
    features = normal(2, 5, 8)
    is_token = np.array([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]], "bool")
    visible = np.tril(is_token[:, None] & np.ones((1, 5, 5), "bool"))
    options = {"attention_mask": visible}
    first.build((None, None, 8))
    second.build((None, None, 8))
    attentions = first.attention.weights + second.attention.weights
    for index, weight in enumerate(attentions):
        rng = np.random.default_rng(index)
        weight.assign(rng.normal(size=weight.shape) / 2)
    middle, scores = first(features, return_scores=True, **options)
    actual = second(middle, residual_scores=scores, **options)
    middle = keras.ops.convert_to_numpy(middle)
    # Without a score before it a block does what it always does.
    alone = keras.ops.convert_to_numpy(first(features, **options))
    np.testing.assert_allclose(middle, alone, atol=1e-5)
    own = scores_by_loop(first.attention, features)
    summed = scores_by_loop(second.attention, middle, own)
    read = attend_by_definition(
        second.attention, middle, middle, middle, visible, previous=own
    )
    scores = keras.ops.convert_to_numpy(scores)
    np.testing.assert_allclose(scores, own, atol=1e-4)
    _, later = second(middle, residual_scores=own, return_scores=True)
    later = keras.ops.convert_to_numpy(later)
    np.testing.assert_allclose(later, summed, atol=1e-4)
    expected = second_half(second, middle, read)
    actual = keras.ops.convert_to_numpy(actual)
    np.testing.assert_allclose(actual, expected, atol=1e-3)


def test_a_model_of_blocks_with_scores_is_saved_and_masked(archive):
    inputs = keras.Input((None, 8))
    first, second = block(name="block_0"), block(name="block_1")
    middle, scores = first(keras.layers.Masking()(inputs), return_scores=True)
    assert scores.shape == (None, 2, None, None)
    outputs = second(middle, residual_scores=scores)
    model = keras.Model(inputs, outputs)
    features = normal(2, 5, 8)
    features[0, 3:] = 0.0
    archive.add("scores", model, features)
    padded = model.predict(features, verbose=0)[:1, :3]
    alone = model.predict(features[:1, :3], verbose=0)
    np.testing.assert_allclose(padded, alone, atol=1e-5)
    assert model.output._keras_mask is not None


def test_a_mixer_has_no_scores_to_return():
    mixer = TransformerBlock(FourierMixing(), FeedForward(12))
    with pytest.raises(TypeError, match="return_scores"):
        mixer(normal(1, 5, 8), return_scores=True)
