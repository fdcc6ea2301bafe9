import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons.layers import RotaryEmbedding
from tests.arrays import normal
from tests.checks import check_config_round_trip
from tests.checks import check_layer
from tests.ops.definitions import rotate_by_definition


def outputs(layer, *inputs):
    return keras.ops.convert_to_numpy(layer(*inputs))


# It has no weights, which `fit` warns of.
@pytest.mark.filterwarnings("ignore:The model does not have any trainable")
def test_shared_checks(archive):
    check_layer(lambda: RotaryEmbedding(base=500.0), normal(4, 5, 6), archive)


def test_every_text_is_rotated_by_the_definition():
    features = normal(2, 9, 8)
    expected = [rotate_by_definition(text, range(9)) for text in features]
    np.testing.assert_allclose(
        outputs(RotaryEmbedding(), features), expected, atol=1e-5
    )


def test_every_head_turns_alike():
    features = normal(2, 5, 3, 8)
    whole = outputs(RotaryEmbedding(), features)
    for head in range(3):
        alone = outputs(RotaryEmbedding(), features[:, :, head])
        np.testing.assert_allclose(whole[:, :, head], alone, atol=1e-6)


def test_a_step_at_its_own_position_equals_the_row_of_the_whole():
    features = normal(2, 9, 3, 8)
    layer = RotaryEmbedding()
    step = outputs(layer, features[:, 6:7], np.array([6]))
    np.testing.assert_allclose(
        step, outputs(layer, features)[:, 6:7], atol=1e-6
    )


def test_positions_of_each_text():
    features = normal(2, 3, 8)
    positions = np.array([[0, 1, 2], [5, 6, 7]])
    expected = [
        rotate_by_definition(text, where)
        for text, where in zip(features, positions)
    ]
    np.testing.assert_allclose(
        outputs(RotaryEmbedding(), features, positions), expected, atol=1e-5
    )


def test_half_precision_keeps_float32_angles():
    # bfloat16 cannot tell position 257 from 256, float32 can.
    layer = RotaryEmbedding(dtype="bfloat16")
    ones = np.ones((1, 300, 2), "float32")
    turned = outputs(layer, ones).astype("float32")[0, 257]
    np.testing.assert_allclose(
        turned, rotate_by_definition(ones[0, :1], [257])[0], atol=0.02
    )


@pytest.mark.parametrize("shape", [(2, 3, 7), (2, 4), (2, 3, 4, 2, 2)])
def test_shapes_that_do_not_fit_are_refused(shape):
    with pytest.raises(ValueError, match="Received shape"):
        RotaryEmbedding()(np.ones(shape, "float32"))


def test_base_must_be_positive():
    with pytest.raises(ValueError, match="`base` must be positive"):
        RotaryEmbedding(base=-1)


def test_interpolated_positions_are_divided():
    features = normal(2, 9, 8)
    expected = [
        rotate_by_definition(text, np.arange(9) / 4) for text in features
    ]
    layer = RotaryEmbedding(interpolation=4)
    np.testing.assert_allclose(outputs(layer, features), expected, atol=1e-5)
    given = outputs(layer, features, np.arange(9))
    np.testing.assert_allclose(given, expected, atol=1e-5)
    assert check_config_round_trip(layer).interpolation == 4
    with pytest.raises(ValueError, match="`interpolation` must be"):
        RotaryEmbedding(interpolation=0.5)


def halves(features):
    """The features with those of even number first, as half_split has them."""
    return np.concatenate([features[..., ::2], features[..., 1::2]], axis=-1)


def test_half_split_is_interleaved_with_the_features_in_another_order():
    features = normal(2, 9, 3, 8)
    layer = RotaryEmbedding(base=100.0, layout="half_split")
    np.testing.assert_allclose(
        outputs(layer, halves(features)),
        halves(outputs(RotaryEmbedding(base=100.0), features)),
        atol=1e-6,
    )
    assert check_config_round_trip(layer).layout == "half_split"


@pytest.mark.parametrize(
    "around",
    [
        lambda attention: attention,
        lambda attention: layers.ReRoPE(attention, window=3),
        lambda attention: layers.LocalAttention(attention, window=4),
        lambda attention: layers.LinearAttention(attention),
    ],
    ids=["alone", "ReRoPE", "local", "linear"],
)
def test_attention_with_reordered_projections_is_that_of_the_other_layout(
    around,
):
    one, other = (
        layers.MultiHeadAttention(2, rotary=RotaryEmbedding(layout=layout))
        for layout in ("interleaved", "half_split")
    )
    features = normal(2, 9, 16)
    one.build(features.shape)
    other.build(features.shape)
    other.set_weights(one.get_weights())
    for dense in (other.query, other.key):
        heads = [each.reshape(-1, 2, 8) for each in dense.get_weights()]
        reordered = [halves(each).reshape(-1, 16) for each in heads]
        dense.set_weights([reordered[0], reordered[1][0]])
    np.testing.assert_allclose(
        outputs(around(other), features),
        outputs(around(one), features),
        atol=1e-5,
    )


def test_a_layout_that_is_none_is_refused():
    with pytest.raises(ValueError, match="`layout` must be one of interleaved"):
        RotaryEmbedding(layout="neox")
