import keras
import numpy as np
import pytest

from keras_addons.layers import KeyValueCache
from keras_addons.layers import MultiHeadAttention
from tests.arrays import normal
from tests.checks import check_layer
from tests.ops.definitions import rotate_by_definition


def attend_by_definition(layer, query, value, key, visible):
    """Loops over texts, heads and queries; `visible[text, query, key]`."""
    dense = [layer.query, layer.key, layer.value, layer.output_dense]
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = [d.get_weights() for d in dense]
    size = wq.shape[1] // layer.num_heads
    outputs = np.empty(query.shape[:2] + (wo.shape[1],))
    for text in range(len(query)):
        q, k = query[text] @ wq + bq, key[text] @ wk + bk
        v = value[text] @ wv + bv
        heads = []
        for head in range(layer.num_heads):
            columns = slice(head * size, (head + 1) * size)
            hq, hk, hv = q[:, columns], k[:, columns], v[:, columns]
            if layer.rotary_base is not None:
                hq = rotate_by_definition(hq, range(len(hq)))
                hk = rotate_by_definition(hk, range(len(hk)))
            if layer.rotate_values:
                hv = rotate_by_definition(hv, range(len(hv)))
            rows = []
            for i in range(len(hq)):
                seen = np.flatnonzero(visible[text, i])
                scores = np.exp(hk[seen] @ hq[i] / np.sqrt(size))
                rows.append(scores / scores.sum() @ hv[seen])
            heads.append(np.array(rows))
        outputs[text] = np.concatenate(heads, axis=-1) @ wo + bo
    return outputs


def layer_with_biases(**options):
    layer = MultiHeadAttention(num_heads=2, **options)
    layer.build((None, None, 8))
    for index, weight in enumerate(layer.weights):
        rng = np.random.default_rng(index)
        weight.assign(rng.normal(size=weight.shape) / 2)
    return layer


def outputs(layer, *args, **kwargs):
    return keras.ops.convert_to_numpy(layer(*args, **kwargs))


def test_shared_checks(archive):
    check_layer(
        lambda: MultiHeadAttention(2, dropout=0.1, rotary_base=1e4),
        normal(4, 5, 8),
        archive,
    )


@pytest.mark.parametrize("head_dim", [None, 6])
@pytest.mark.parametrize(
    "rotation",
    [{}, {"rotary_base": 1e4}, {"rotary_base": 1e4, "rotate_values": True}],
    ids=["none", "rotary", "values too"],
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
    layer, features = layer_with_biases(rotary_base=1e4), normal(2, 5, 8)
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


@pytest.mark.parametrize("rotation", [{}, {"rotary_base": 1e4}], ids=str)
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
    layer, row = layer_with_biases(rotary_base=1e4), normal(1, 5, 8)
    layer.rotate_values = True
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
