import keras
import numpy as np
import pytest

from keras_addons.layers import FeedForward
from keras_addons.layers import KeyCodebook
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import RotaryEmbedding
from keras_addons.layers import TransformerBlock
from keras_addons.layers import VectorQuantizedAttention
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_layer
from tests.gradients import as_float32

MASK = np.arange(11) < np.array([[11], [6]])


def make(num_codes=5, distance_bias=False, **options):
    return VectorQuantizedAttention(
        MultiHeadAttention(2, **options),
        KeyCodebook(num_codes, seed=0),
        block_size=3,
        distance_bias=distance_bias,
    )


def heads_of(dense, features):
    """(texts, heads, length, head_dim) of 2 heads."""
    kernel, bias = dense.get_weights()
    rows = features @ kernel + bias
    rows = rows.reshape(*rows.shape[:2], 2, -1)
    return rows.transpose(0, 2, 1, 3)


def attend_by_definition(layer, features, visible):
    """Softmax attention to the nearest codes, one query at a time."""
    part, codes = layer.attention, as_float32(layer.codebook.codes)
    queries, keys, values = (
        heads_of(dense, features)
        for dense in (part.query, part.key, part.value)
    )
    read = np.zeros(values.shape)
    for text, head, i in np.ndindex(values.shape[:3]):
        squares = ((keys[text, head, :, None] - codes[head]) ** 2).sum(-1)
        scores = codes[head, squares.argmin(-1)] @ queries[text, head, i]
        scores = scores / np.sqrt(values.shape[-1])
        for j in range(len(scores)):
            if layer.bias is not None and abs(i - j) <= 3:
                scores[j] += as_float32(layer.bias)[head, i - j + 3]
        shares = np.exp(scores) * visible[text, i]
        read[text, head, i] = shares / shares.sum() @ values[text, head]
    kernel, bias = part.output_dense.get_weights()
    merged = read.transpose(0, 2, 1, 3).reshape(*features.shape[:2], -1)
    return merged @ kernel + bias


@pytest.mark.parametrize("distance_bias", [False, True])
def test_shared_checks(distance_bias, archive):
    check_layer(
        lambda: make(distance_bias=distance_bias, dropout=0.1),
        normal(4, 7, 8),
        archive,
    )


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("distance_bias", [False, True])
def test_equals_softmax_attention_to_the_codes(causal, distance_bias):
    layer, features = make(distance_bias=distance_bias), normal(2, 11, 8)
    layer.build((None, None, 8))
    if distance_bias:
        layer.bias.assign(normal(2, 7))
    visible = np.repeat(MASK[:, None], 11, axis=1)
    visible = np.tril(visible) if causal else visible
    actual = layer(features, mask=MASK, use_causal_mask=causal)
    expected = attend_by_definition(layer, features, visible)
    np.testing.assert_allclose(as_float32(actual), expected, atol=1e-5)


def test_with_a_code_for_each_key_it_is_the_attention_inside():
    layer, features = make(num_codes=11), normal(1, 11, 8)
    layer.build((None, None, 8))
    keys = heads_of(layer.attention.key, features)
    layer.codebook.codes.assign(keys[0])
    for causal in (False, True):
        np.testing.assert_allclose(
            as_float32(layer(features, use_causal_mask=causal)),
            as_float32(layer.attention(features, use_causal_mask=causal)),
            atol=1e-5,
        )


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_fit_learns_codes_from_tokens_and_adds_the_commitment(jit_compile):
    layer = make()
    inputs = keras.Input((None, 8))
    block = TransformerBlock(layer, FeedForward(16))
    outputs = block(keras.layers.Masking()(inputs))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse", jit_compile=jit_compile)
    features = normal(4, 9, 8)
    features[2:, 5:] = 0.0
    before = as_float32(layer.codebook.codes)
    for _ in range(3):
        model.train_on_batch(features, features)
    after = as_float32(layer.codebook.codes)
    assert np.isfinite(after).all() and (before != after).all()
    model(features)
    assert model.losses == []
    model(features, training=True)
    assert len(model.losses) == 1 and as_float32(model.losses[0]) > 0


def test_the_commitment_is_part_of_the_loss():
    layer, features = make(), normal(4, 9, 8)
    layer.codebook.commitment = 1.0
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, layer(inputs))
    layer.attention.output_dense.kernel.assign(np.zeros((8, 8)))
    codes = as_float32(layer.codebook.codes)
    keys = heads_of(layer.attention.key, features)
    squares = ((keys[:, :, :, None] - codes[None, :, None]) ** 2).sum(-1)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    loss = model.train_on_batch(features, np.zeros((4, 9, 8)))
    # The outputs are 0, so what remains is the mean distance to the codes.
    np.testing.assert_allclose(float(loss), squares.min(-1).mean(), rtol=1e-4)


def test_rotary_positions_are_refused():
    with pytest.raises(ValueError, match="`rotary=None`.*<RotaryEmbedding"):
        make(rotary=RotaryEmbedding())
    with pytest.raises(ValueError, match="`block_size` must be .* 0"):
        VectorQuantizedAttention(MultiHeadAttention(2), block_size=0)
