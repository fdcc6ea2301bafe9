from contextlib import nullcontext

import keras
import numpy as np
import pytest

from keras_addons import backend
from keras_addons.layers import EntropyInvariantSoftmax
from keras_addons.layers import KeyValueCache
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import RotaryEmbedding
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_layer
from tests.checks import trained
from tests.gradients import without_gradients
from tests.layers.attention.definitions import attend_by_definition
from tests.layers.attention.definitions import layer_with_biases
from tests.layers.attention.definitions import outputs


def test_shared_checks(archive):
    check_layer(
        lambda: MultiHeadAttention(2, dropout=0.1, rotary=RotaryEmbedding()),
        normal(4, 5, 8),
        archive,
    )


@pytest.mark.parametrize("head_dim", [None, 6])
@pytest.mark.parametrize(
    "rotation",
    [
        {},
        {"rotary": RotaryEmbedding()},
        {"rotary": RotaryEmbedding(rotate_values=True)},
        {"rotary": RotaryEmbedding(interpolation=2.5)},
    ],
    ids=["none", "rotary", "values too", "interpolated"],
)
def test_equals_the_definition(head_dim, rotation):
    layer = layer_with_biases(head_dim=head_dim, **rotation)
    features = normal(3, 5, 8)
    expected = attend_by_definition(
        layer, features, features, features, np.ones((3, 5, 5))
    )
    np.testing.assert_allclose(outputs(layer, features), expected, atol=1e-4)


def test_reads_from_another_text():
    layer = layer_with_biases()
    query, value, key = normal(2, 3, 8), normal(2, 6, 8), normal(2, 6, 8) + 1
    expected = attend_by_definition(
        layer, query, value, key, np.ones((2, 3, 6))
    )
    np.testing.assert_allclose(
        outputs(layer, query, value, key), expected, atol=1e-4
    )


MASKS = {
    "padding": np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], "bool"),
    "pairs": np.tril(np.ones((2, 5, 5), "bool"), k=1),
}


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_hides_keys(name):
    layer, features = (
        layer_with_biases(rotary=RotaryEmbedding()),
        normal(2, 5, 8),
    )
    mask = MASKS[name]
    visible = mask if mask.ndim == 3 else np.repeat(mask[:, None], 5, axis=1)
    expected = attend_by_definition(
        layer, features, features, features, visible
    )
    np.testing.assert_allclose(
        outputs(layer, features, attention_mask=mask), expected, atol=1e-4
    )


def test_causal_and_padding_masks_agree_on_what_is_seen():
    layer, features = layer_with_biases(), normal(2, 5, 8)
    padding = MASKS["padding"]
    visible = np.tril(np.repeat(padding[:, None], 5, axis=1))
    expected = attend_by_definition(
        layer, features, features, features, visible
    )
    actual = outputs(
        layer, features, attention_mask=padding, use_causal_mask=True
    )
    np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_a_keras_mask_hides_padding_and_goes_on():
    inputs = keras.Input((None, 8))
    layer = layer_with_biases()
    masked = keras.layers.Masking()(inputs)
    model = keras.Model(inputs, layer(masked))
    features = normal(2, 5, 8)
    features[0, 3:] = 0.0
    actual = model(features)
    visible = np.repeat(MASKS["padding"][:, None], 5, axis=1)
    expected = attend_by_definition(
        layer, features, features, features, visible
    )
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual), expected, atol=1e-4
    )
    mask = keras.ops.convert_to_numpy(actual._keras_mask)
    assert (mask == MASKS["padding"]).all()


@pytest.mark.parametrize(
    "rotation", [{}, {"rotary": RotaryEmbedding()}], ids=str
)
def test_a_cache_stands_for_what_was_read_before(rotation):
    layer, features = layer_with_biases(**rotation), normal(2, 6, 8)
    whole = outputs(layer, features, use_causal_mask=True)
    keys, values = np.zeros((2, 2, 2, 7, 4), "float32")
    parts = []
    for start, stop in ((0, 3), (3, 4), (4, 6)):
        # Slots up to the query's own; the seventh is never seen.
        seen = np.arange(7) <= np.arange(start, stop)[:, None]
        cache = KeyValueCache(keys, values, index=start)
        part = layer(
            features[:, start:stop],
            attention_mask=np.tile(seen, (2, 1, 1)),
            positions=np.tile(np.arange(start, stop), (2, 1)),
            cache=cache,
        )
        keys, values = cache.keys, cache.values
        parts.append(keras.ops.convert_to_numpy(part))
    np.testing.assert_allclose(np.concatenate(parts, 1), whole, atol=1e-5)
    assert not keras.ops.convert_to_numpy(keys)[:, :, 6].any()


def test_a_cache_says_where_there_is_no_room():
    layer, features = layer_with_biases(), normal(2, 3, 8)
    keys, values = np.zeros((2, 2, 2, 4, 4), "float32")
    with pytest.raises(ValueError, match="room for 4 .* 3 of them .*=2"):
        layer(features, cache=KeyValueCache(keys, values, index=2))
    with pytest.raises(ValueError, match="must have one shape"):
        KeyValueCache(keys, values[:, :, :2], index=0)


def test_positions_turn_each_text_by_its_own():
    # A text that is reversed with its positions reads the same.
    layer, row = layer_with_biases(rotary=RotaryEmbedding()), normal(1, 5, 8)
    layer.rotary.rotate_values = True
    whole = outputs(layer, row)
    positions = np.array([[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]])
    both = np.concatenate([row, row[:, ::-1]])
    turned = outputs(layer, both, positions=positions)
    np.testing.assert_allclose(turned[:1], whole, atol=1e-5)
    np.testing.assert_allclose(turned[1:, ::-1], whole, atol=1e-5)


def layers_of_keras_and_ours():
    """Keras' own attention, and ours with the same weights."""
    ours = layer_with_biases(head_dim=6)
    theirs = keras.layers.MultiHeadAttention(2, 6)
    theirs.build((None, None, 8), (None, None, 8))
    query, key, value, output = (
        dense.get_weights()
        for dense in (ours.query, ours.key, ours.value, ours.output_dense)
    )
    weights = [
        array.reshape(-1, 2, 6) if array.ndim == 2 else array.reshape(2, 6)
        for array in [*query, *key, *value]
    ]
    theirs.set_weights([*weights, output[0].reshape(2, 6, 8), output[1]])
    return theirs, ours


def visible(*shape):
    """A random mask under which every query sees the first key."""
    mask = np.random.default_rng(3).random(shape) < 0.5
    mask[..., 0] = True
    return mask


@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
@pytest.mark.parametrize("lengths", [(3, 6), (6, 3)], ids=str)
@pytest.mark.parametrize("axes", [(3, 2), (1, 2), (3, 1), ()], ids=str)
def test_masks_are_those_of_keras(axes, lengths, causal):
    theirs, ours = layers_of_keras_and_ours()
    query, value = normal(3, lengths[0], 8), normal(3, lengths[1], 8)
    options = {"use_causal_mask": causal}
    if axes:
        options["attention_mask"] = visible(*axes, *lengths)
    np.testing.assert_allclose(
        outputs(ours, query, value, **options),
        outputs(theirs, query, value, **options),
        atol=1e-5,
    )


def test_a_mask_of_each_head_predicts_as_it_trains():
    # Without gradients torch computes another operation.
    layer, features = layer_with_biases(), normal(3, 5, 8)
    mask = visible(3, 2, 5, 5)
    expected = outputs(
        layer, features, attention_mask=mask, use_causal_mask=True
    )
    inputs = keras.Input((None, 8)), keras.Input((2, None, None), dtype="bool")
    model = keras.Model(
        inputs,
        layer(inputs[0], attention_mask=inputs[1], use_causal_mask=True),
    )
    actual = model.predict([features, mask], verbose=0)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_a_causal_mask_reads_a_cache_up_to_the_query():
    layer, features = layer_with_biases(), normal(2, 6, 8)
    whole = outputs(layer, features, use_causal_mask=True)
    keys, values = np.zeros((2, 2, 2, 7, 4), "float32")
    for start, stop in ((0, 3), (3, 4), (4, 6)):
        cache = KeyValueCache(keys, values, index=start)
        part = outputs(
            layer, features[:, start:stop], cache=cache, use_causal_mask=True
        )
        keys, values = cache.keys, cache.values
        np.testing.assert_allclose(part, whole[:, start:stop], atol=1e-5)


@pytest.mark.parametrize("shape", [(5,), (3, 1, 2, 5, 5)])
def test_a_mask_with_other_axes_is_refused(shape):
    layer, features = layer_with_biases(), normal(3, 5, 8)
    with pytest.raises(ValueError, match="`attention_mask` must have 2, 3 or"):
        layer(features, attention_mask=np.ones(shape, bool))


def test_dropout_acts_in_training_alone():
    layer, features = layer_with_biases(dropout=0.5), normal(2, 5, 8)
    still = outputs(layer, features, training=False)
    np.testing.assert_array_equal(
        still, outputs(layer, features, training=False)
    )
    assert not np.allclose(still, outputs(layer, features, training=True))


def test_heads_must_divide_the_size():
    with pytest.raises(ValueError, match="must divide .* Received: 8"):
        MultiHeadAttention(3)(normal(1, 2, 8))


def test_heads_must_be_positive():
    with pytest.raises(ValueError, match="`num_heads` must be positive"):
        MultiHeadAttention(0)


def test_num_key_value_heads_must_divide_the_heads():
    with pytest.raises(ValueError, match="must divide `num_heads`=4. Rec.* 3"):
        MultiHeadAttention(4, num_key_value_heads=3)
    with pytest.raises(ValueError, match="`num_key_value_heads` must be an"):
        MultiHeadAttention(4, num_key_value_heads=0)


@pytest.mark.parametrize("rotary", [1e4, True, "rotary"])
def test_what_is_no_rotary_embedding_is_refused(rotary):
    with pytest.raises(ValueError, match="`rotary` must be None or a `Rotary"):
        MultiHeadAttention(2, rotary=rotary)


@pytest.mark.parametrize("base, rotate_values", [(100.0, True), (None, False)])
def test_a_config_from_before_rotary_was_a_layer(base, rotate_values):
    # That of release 0.1.0, word for word.
    config = {
        "name": "attention",
        "trainable": True,
        "dtype": "float32",
        "num_heads": 2,
        "head_dim": None,
        "dropout": 0.1,
        "rotary_base": base,
        "rotate_values": rotate_values,
        "kernel_initializer": "glorot_uniform",
        "normalization": None,
        "num_key_value_heads": None,
    }
    layer = MultiHeadAttention.from_config(config)
    if base is None:
        assert layer.rotary is None
    else:
        assert (layer.rotary.base, layer.rotary.rotate_values) == (100.0, True)
    again = MultiHeadAttention.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert {"rotary_base", "rotate_values"}.isdisjoint(layer.get_config())


def test_a_config_from_before_there_were_other_normalizations():
    config = MultiHeadAttention(2, rotary=RotaryEmbedding()).get_config()
    for key in ("normalization", "num_key_value_heads"):
        assert config.pop(key) is None
    layer = MultiHeadAttention.from_config(config)
    assert layer.normalization is None and layer.num_key_value_heads is None


def grouped(num_heads=4, num_key_value_heads=2, **options):
    return layer_with_biases(
        num_heads=num_heads,
        num_key_value_heads=num_key_value_heads,
        **options,
    )


def test_shared_checks_of_grouped_heads(archive):
    check_layer(
        lambda: MultiHeadAttention(
            4,
            dropout=0.1,
            rotary=RotaryEmbedding(),
            num_key_value_heads=2,
            normalization=EntropyInvariantSoftmax(base_length=4),
        ),
        normal(4, 5, 8),
        archive,
    )


@pytest.mark.parametrize("causal", [False, True], ids=["all", "causal"])
@pytest.mark.parametrize("num_key_value_heads", [1, 2, 4])
@pytest.mark.parametrize("context", [nullcontext, without_gradients])
def test_grouped_heads_are_those_of_keras(context, num_key_value_heads, causal):
    ours = grouped(4, num_key_value_heads, head_dim=6)
    theirs = keras.layers.GroupQueryAttention(6, 4, num_key_value_heads)
    theirs.build((None, None, 8), (None, None, 8))
    pairs = zip(ours.get_weights(), theirs.weights, strict=True)
    theirs.set_weights([each.reshape(place.shape) for each, place in pairs])
    query, value = normal(3, 5, 8), normal(3, 7, 8)
    options = {
        "attention_mask": visible(3, 5, 7),
        "use_causal_mask": causal,
    }
    with context():
        np.testing.assert_allclose(
            outputs(ours, query, value, **options),
            outputs(theirs, query, value, **options),
            atol=1e-5,
        )


def repeated(layer):
    """The attention whose heads have a copy each of the shared heads."""
    copy = layer_with_biases(layer.num_heads)
    count, size = layer.num_key_value_heads, layer.size_of_head
    copy.set_weights(
        [
            array
            if array.shape[-1] == layer.num_heads * size
            and not {"key", "value"} & set(weight.path.split("/"))
            else np.repeat(
                array.reshape(-1, count, size), layer.num_heads // count, 1
            ).reshape(place.shape)
            for array, weight, place in zip(
                layer.get_weights(), layer.weights, copy.weights
            )
        ]
    )
    return copy


@pytest.mark.parametrize("axes", [(3, 4), (1, 4), (3, 1)], ids=str)
@pytest.mark.parametrize("length", [1, 5])
@pytest.mark.parametrize("context", [nullcontext, without_gradients])
def test_grouped_heads_are_heads_with_copies(context, length, axes):
    layer = grouped()
    query, value = normal(3, length, 8), normal(3, 7, 8)
    mask = visible(*axes, length, 7)
    bias = normal(1, 4, length, 7)
    vectors = normal(length, 7, 2)
    for options in (
        {},
        {"attention_bias": bias},
        {"relative_vectors": vectors},
    ):
        with context():
            actual = outputs(
                layer, query, value, attention_mask=mask, **options
            )
        expected = outputs(
            repeated(layer), query, value, attention_mask=mask, **options
        )
        np.testing.assert_allclose(actual, expected, atol=1e-5)


@pytest.mark.parametrize("context", [nullcontext, without_gradients])
def test_a_cache_holds_the_shared_heads_alone(context):
    layer, features = grouped(rotary=RotaryEmbedding()), normal(2, 6, 8)
    whole = outputs(layer, features, use_causal_mask=True)
    keys, values = np.zeros((2, 2, 2, 7, 2), "float32")  # 2 heads, not 4
    for start, stop in ((0, 3), (3, 4), (4, 6)):
        cache = KeyValueCache(keys, values, index=start)
        with context():
            part = outputs(
                layer,
                features[:, start:stop],
                cache=cache,
                positions=np.tile(np.arange(start, stop), (2, 1)),
                use_causal_mask=True,
            )
        keys, values = cache.keys, cache.values
        np.testing.assert_allclose(part, whole[:, start:stop], atol=1e-5)


def test_scores_of_the_block_before_are_added():
    layer, features = (
        layer_with_biases(rotary=RotaryEmbedding()),
        normal(2, 5, 8),
    )
    previous = normal(2, 2, 5, 5)
    everything = np.ones((2, 5, 5), bool)
    read, scores = layer(features, residual_scores=previous, return_scores=True)
    expected = attend_by_definition(
        layer, features, features, features, everything, previous=previous
    )
    read = keras.ops.convert_to_numpy(read)
    np.testing.assert_allclose(read, expected, atol=1e-4)
    _, own = layer(features, return_scores=True)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(scores),
        keras.ops.convert_to_numpy(own) + previous,
        atol=1e-5,
    )
    alone = outputs(layer, features, residual_scores=previous)
    np.testing.assert_allclose(alone, expected, atol=1e-4)


def test_scores_that_are_returned_change_nothing():
    layer, features = grouped(), normal(2, 5, 8)
    options = {
        "attention_mask": visible(2, 4, 5, 5),
        "attention_bias": normal(1, 4, 5, 5),
    }
    read, scores = layer(features, return_scores=True, **options)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(read),
        outputs(layer, features, **options),
        atol=1e-5,
    )
    # Neither mask nor bias are in the scores: the next block adds its own.
    _, plain = layer(features, return_scores=True)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(scores),
        keras.ops.convert_to_numpy(plain),
        atol=1e-5,
    )


@keras.saving.register_keras_serializable(package="keras_addons_tests")
class TwoBlocksWithScores(keras.layers.Layer):
    """Two attentions as in RealFormer."""

    def build(self, features_shape):
        self.attentions = [
            MultiHeadAttention(2, dtype=self.dtype_policy) for _ in range(2)
        ]
        for attention in self.attentions:
            attention.build(features_shape)

    def call(self, features):
        first, second = self.attentions
        features, scores = first(features, return_scores=True)
        return second(features, residual_scores=scores)


def test_scores_pass_between_blocks_that_are_trained():
    for policy in ("float32", "mixed_bfloat16"):
        inputs = keras.Input((None, 8))
        layer = TwoBlocksWithScores(dtype=policy)
        trained(layer, normal(4, 5, 8), inputs, JIT_CHOICES[-1])


def test_a_functional_model_passes_scores_and_mask_on():
    inputs = keras.Input((None, 8))
    masked = keras.layers.Masking()(inputs)
    layers = [layer_with_biases(), layer_with_biases()]
    read, scores = layers[0](masked, return_scores=True)
    assert scores.shape == (None, 2, None, None)
    model = keras.Model(
        inputs, [layers[1](read, residual_scores=scores), scores]
    )
    features = normal(2, 5, 8)
    features[0, 3:] = 0.0
    actual, scores = model(features)
    assert (
        keras.ops.convert_to_numpy(actual._keras_mask) == MASKS["padding"]
    ).all()
    mask = MASKS["padding"]
    read, expected = layers[0](
        features, attention_mask=mask, return_scores=True
    )
    expected_read = outputs(
        layers[1], read, residual_scores=expected, attention_mask=mask
    )
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual), expected_read, atol=1e-5
    )


def test_relative_vectors_have_no_scores():
    layer, features = layer_with_biases(), normal(2, 5, 8)
    with pytest.raises(ValueError, match="`relative_vectors` has no scores"):
        layer(
            features,
            relative_vectors=np.zeros((5, 5, 4), "float32"),
            return_scores=True,
        )


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_a_step_of_training_without_dropout_may_be_fused(dropout, monkeypatch):
    asked = []
    monkeypatch.setattr(backend, "fused_attention", lambda *_: asked.append(1))
    layer = MultiHeadAttention(2, dropout=dropout)
    layer(normal(2, 5, 8), training=True)
    assert bool(asked) == (dropout == 0)
