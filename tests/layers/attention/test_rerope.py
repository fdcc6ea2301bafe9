import keras
import numpy as np
import pytest

from keras_addons.layers import FeedForward
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import ReRoPE
from keras_addons.layers import TransformerBlock
from tests.arrays import normal
from tests.checks import check_layer
from tests.ops.definitions import rotate_by_definition

MASK = np.arange(9) < np.array([[9], [6]])


def rotary_attention(**options):
    return MultiHeadAttention(2, rotary_base=1e4, **options)


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


def test_a_block_takes_it():
    block = TransformerBlock(ReRoPE(rotary_attention(), 3), FeedForward(16))
    features = normal(2, 9, 8)
    assert outputs(block, features, use_causal_mask=True).shape == (2, 9, 8)


@pytest.mark.parametrize(
    "attention",
    [MultiHeadAttention(2), rotary_attention(rotate_values=True)],
)
def test_other_attentions_are_refused(attention):
    with pytest.raises(ValueError, match="`attention` must have a"):
        ReRoPE(attention, window=3)


@pytest.mark.parametrize("options", [{"window": 0}, {"window": 2, "slope": -1}])
def test_other_numbers_are_refused(options):
    with pytest.raises(ValueError, match="`window`|`slope`"):
        ReRoPE(rotary_attention(), **options)
