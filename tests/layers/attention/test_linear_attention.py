import keras
import numpy as np
import pytest

from keras_addons.layers import EluFeatures
from keras_addons.layers import FeedForward
from keras_addons.layers import LinearAttention
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import RandomFeatures
from keras_addons.layers import RotaryEmbedding
from keras_addons.layers import SoftCodes
from keras_addons.layers import TransformerBlock
from tests.arrays import normal
from tests.checks import check_layer
from tests.gradients import as_float32
from tests.ops.definitions import rotate_by_definition

MAPS = {
    "elu": lambda: EluFeatures(),
    "random": lambda: RandomFeatures(6, redraw_interval=2, seed=0),
    "soft codes": lambda: SoftCodes(6),
}
each_map = pytest.mark.parametrize("name", MAPS)


def make(name, block_size=4, **options):
    attention = MultiHeadAttention(2, **options)
    return LinearAttention(attention, MAPS[name](), block_size)


def heads_of(dense, features):
    """(texts, heads, length, head_dim) of 2 heads."""
    kernel, bias = dense.get_weights()
    rows = features @ kernel + bias
    rows = rows.reshape(*rows.shape[:2], 2, -1)
    return rows.transpose(0, 2, 1, 3)


def attend_by_definition(layer, features, visible):
    """Scores of all pairs, each text and head for itself."""
    part = layer.attention
    queries, keys, values = (
        heads_of(dense, features)
        for dense in (part.query, part.key, part.value)
    )
    f, g = (as_float32(each) for each in layer.feature_map(queries, keys))
    read = np.zeros(values.shape)
    for place in np.ndindex(values.shape[:2]):
        rows, columns = f[place], g[place]
        total = (rows @ columns.T * visible[place[0]]).sum(-1, keepdims=True)
        if part.rotary is not None:
            rows, columns = (
                rotate_by_definition(each, range(len(each)))
                for each in (rows, columns)
            )
        read[place] = (rows @ columns.T * visible[place[0]]) @ values[place]
        read[place] /= total
    kernel, bias = part.output_dense.get_weights()
    merged = read.transpose(0, 2, 1, 3).reshape(*features.shape[:2], -1)
    return merged @ kernel + bias


@each_map
def test_shared_checks(name, archive):
    check_layer(
        lambda: make(name, rotary=RotaryEmbedding()), normal(4, 7, 8), archive
    )


@each_map
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "options", [{}, {"rotary": RotaryEmbedding()}], ids=str
)
def test_equals_quadratic_attention(name, causal, options):
    layer, features = make(name, **options), normal(2, 11, 8)
    mask = np.arange(11) < np.array([[11], [6]])
    visible = np.repeat(mask[:, None], 11, axis=1)
    if causal:
        visible = np.tril(visible)
    actual = layer(features, mask=mask, use_causal_mask=causal)
    expected = attend_by_definition(layer, features, visible)
    np.testing.assert_allclose(as_float32(actual), expected, atol=1e-4)


def test_a_transformer_block_reads_with_it():
    block = TransformerBlock(make("elu"), FeedForward(16))
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, block(keras.layers.Masking()(inputs)))
    features = normal(2, 9, 8)
    whole = as_float32(model(features))
    features[1, 6:] = 0.0
    read = model(features)
    mask = np.arange(9) < np.array([[9], [6]])
    assert (keras.ops.convert_to_numpy(read._keras_mask) == mask).all()
    short = as_float32(model(features[1:, :6]))
    np.testing.assert_allclose(as_float32(read)[0], whole[0], atol=1e-5)
    np.testing.assert_allclose(as_float32(read)[1:, :6], short, atol=1e-5)


def test_many_random_features_read_like_the_softmax_attention_inside():
    features = 0.5 * normal(2, 9, 8)
    attention = MultiHeadAttention(2)
    layer = LinearAttention(attention, RandomFeatures(20_000, seed=1))
    for causal in (False, True):
        np.testing.assert_allclose(
            as_float32(layer(features, use_causal_mask=causal)),
            as_float32(attention(features, use_causal_mask=causal)),
            atol=0.02,
        )


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="must have `dropout=0`.* 0.1"):
        make("elu", dropout=0.1)
    with pytest.raises(ValueError, match="`block_size` must be .* 0"):
        make("elu", block_size=0)
    odd = LinearAttention(
        MultiHeadAttention(2, rotary=RotaryEmbedding()), RandomFeatures(5)
    )
    with pytest.raises(ValueError, match="even number of features.* 5"):
        odd(normal(2, 3, 8))
