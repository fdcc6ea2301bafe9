import keras
import numpy as np
import pytest

from keras_addons.layers import AtrousAttention
from keras_addons.layers import EfficientAttention
from keras_addons.layers import FeedForward
from keras_addons.layers import LocalAttention
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import RotaryEmbedding
from keras_addons.layers import SparseAttention
from keras_addons.layers import TransformerBlock
from tests.arrays import normal
from tests.checks import check_layer
from tests.ops import masked_attention as dense

KINDS = {
    "local": (LocalAttention, {"window": 2}, dense.sees_local(2)),
    "atrous": (AtrousAttention, {"rate": 3}, dense.sees_atrous(3)),
    "sparse": (SparseAttention, {"rate": 2}, dense.sees_sparse(2)),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def make(kind, **options):
    cls, arguments, _ = KINDS[kind]
    return cls(MultiHeadAttention(2, **options), **arguments)


def outputs(layer, *args, **kwargs):
    return keras.ops.convert_to_numpy(layer(*args, **kwargs))


@each_kind
def test_shared_checks(kind, archive):
    check_layer(
        lambda: make(kind, rotary=RotaryEmbedding(), dropout=0.1),
        normal(4, 7, 8),
        archive,
    )


@each_kind
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rotary": RotaryEmbedding()},
        {"rotary": RotaryEmbedding(rotate_values=True)},
        {"rotary": RotaryEmbedding(interpolation=2.5)},
    ],
    ids=["none", "rotary", "values too", "interpolated"],
)
def test_equals_the_attention_inside_under_the_mask(kind, causal, options):
    # The attention inside is tested against its definition elsewhere.
    layer, features = make(kind, **options), normal(2, 40, 8)
    actual = outputs(layer, features, use_causal_mask=causal)
    visible = dense.visible_pairs(KINDS[kind][2], 40, None, causal)
    expected = outputs(layer.attention, features, attention_mask=visible)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


@each_kind
@pytest.mark.parametrize("axes", [(2, 7), (2, 1, 7), (2, 1, 1, 7)], ids=str)
def test_padding_masks_hide_keys(kind, axes):
    layer, features = make(kind), normal(2, 7, 8)
    mask = np.arange(7) < np.array([[7], [5]])
    visible = dense.visible_pairs(KINDS[kind][2], 7, mask)
    expected = outputs(layer.attention, features, attention_mask=visible)
    for name in ("attention_mask", "mask"):
        given = mask if name == "mask" else mask.reshape(axes)
        actual = outputs(layer, features, **{name: given})
        np.testing.assert_allclose(actual[mask], expected[mask], atol=1e-5)


@each_kind
def test_positions_turn_queries_and_keys(kind):
    layer, features = make(kind, rotary=RotaryEmbedding()), normal(2, 7, 8)
    positions = np.tile(2 * np.arange(7), (2, 1))
    visible = dense.visible_pairs(KINDS[kind][2], 7)
    np.testing.assert_allclose(
        outputs(layer, features, positions=positions),
        outputs(
            layer.attention,
            features,
            attention_mask=visible,
            positions=positions,
        ),
        atol=1e-5,
    )


@each_kind
def test_a_transformer_block_reads_with_it(kind):
    block = TransformerBlock(make(kind), FeedForward(16))
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, block(keras.layers.Masking()(inputs)))
    features = normal(2, 40, 8)
    features[1, 30:] = 0.0
    mask = np.arange(40) < np.array([[40], [30]])
    read = model(features)
    assert (keras.ops.convert_to_numpy(read._keras_mask) == mask).all()
    dense_block = TransformerBlock(block.attention.attention, FeedForward(16))
    dense_block.build((None, None, 8))
    dense_block.set_weights(block.get_weights())
    visible = dense.visible_pairs(KINDS[kind][2], 40, mask)
    expected = outputs(dense_block, features, attention_mask=visible)
    read = keras.ops.convert_to_numpy(read)
    np.testing.assert_allclose(read[mask], expected[mask], atol=1e-4)


@each_kind
def test_what_is_not_supported_is_refused(kind):
    layer, features = make(kind), normal(2, 3, 8)
    with pytest.raises(ValueError, match=r"pairs of tokens.*\(2, 3, 3\)"):
        layer(features, attention_mask=np.ones((2, 3, 3), bool))
    with pytest.raises(ValueError, match="reads no `cache`"):
        layer(features, cache=object())
    cls, arguments, _ = KINDS[kind]
    with pytest.raises(ValueError, match="`attention` must be .* 8"):
        cls(8, **arguments)


@each_kind
def test_only_the_attention_has_weights(kind):
    layer = make(kind)
    layer.build((None, None, 8))
    assert layer.weights == layer.attention.weights


def test_the_base_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        EfficientAttention(MultiHeadAttention(2))
