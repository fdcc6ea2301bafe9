import keras
import numpy as np
import pytest

from keras_addons.ops import linear_attention
from keras_addons.ops import nearest_codes
from keras_addons.ops import vector_quantized_attention
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients
from tests.ops.masked_attention import padding

SIZE = 4
CASES = [
    (length, masked, causal, with_bias)
    for length, masked in [(1, False), (4, False), (19, False), (22, True)]
    for causal in (False, True)
    for with_bias in (False, True)
]


def inputs(length):
    """Query, key and value of 2 texts and 2 heads, and 5 codes."""
    return (*normal(3, 2, 2, length, 6), normal(2, 5, 6))


def distance_bias():
    return normal(2, 2 * SIZE + 1)


def quantized(key, codebook):
    """Each key's nearest code, and their numbers, by a loop."""
    codes = np.zeros(key.shape[:3], "int32")
    for place in np.ndindex(codes.shape):
        squares = ((codebook[place[1]] - key[place]) ** 2).sum(-1)
        codes[place] = squares.argmin()
    return codebook[np.arange(2)[None, :, None], codes], codes


def visible_pairs(length, masked, causal):
    mask = padding(length) if masked else None
    visible = np.ones((2, length, length), bool)
    if masked:
        visible = visible & mask[:, None]
    return mask, np.tril(visible) if causal else visible


def pair_bias(length):
    """`b_(i-j)` for `|i - j| <= SIZE`, else 0: (2, length, length)."""
    bias = np.zeros((2, length, length), "float32")
    for i, j in np.ndindex(length, length):
        if abs(i - j) <= SIZE:
            bias[:, i, j] = distance_bias()[:, i - j + SIZE]
    return bias


def dense(query, key, value, visible, bias):
    """Softmax attention with the scores of all pairs, in float64."""
    query, key, value = (each.astype("float64") for each in (query, key, value))
    scores = np.einsum("bhid,bhjd->bhij", query, key) / np.sqrt(6) + bias
    weights = np.exp(scores) * visible[:, None]
    total = weights.sum(-1, keepdims=True)
    return weights @ value / np.where(total > 0, total, 1)


def attend(query, key, value, codebook, **options):
    codes = nearest_codes(key, codebook)
    return vector_quantized_attention(
        query, key, value, codebook, codes, block_size=SIZE, **options
    )


@pytest.mark.parametrize("length, masked, causal, with_bias", CASES)
def test_equals_softmax_attention_to_the_codes(
    length, masked, causal, with_bias
):
    query, key, value, codebook = inputs(length)
    mask, visible = visible_pairs(length, masked, causal)
    actual = attend(
        *(query, key, value, codebook),
        mask=mask,
        causal=causal,
        bias=distance_bias() if with_bias else None,
    )
    bias = pair_bias(length) if with_bias else 0.0
    codes, _ = quantized(key, codebook)
    expected = dense(query, codes, value, visible, bias)
    sees = np.broadcast_to(visible.any(-1)[:, None, :, None], expected.shape)
    actual = as_float32(actual)
    assert np.isfinite(actual).all()
    np.testing.assert_allclose(actual[sees], expected[sees], atol=2e-6)


@pytest.mark.parametrize("causal", [False, True])
def test_equals_linear_attention_with_one_hot_features(causal):
    query, key, value, codebook = inputs(19)
    scores = np.einsum("bhid,hcd->bhic", query, codebook) / np.sqrt(6)
    one_hot = np.eye(5, dtype="float32")[quantized(key, codebook)[1]]
    np.testing.assert_allclose(
        as_float32(attend(query, key, value, codebook, causal=causal)),
        as_float32(
            linear_attention(np.exp(scores), one_hot, value, causal=causal)
        ),
        atol=2e-6,
    )


def near_pairs(length, with_bias, causal):
    """Which keys are read one by one."""
    blocks = np.arange(length) // SIZE
    apart = np.abs(blocks[:, None] - blocks[None])
    near = apart <= (1 if with_bias else 0)
    return np.tril(near) if causal else near


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("with_bias", [False, True])
def test_gradients_pass_near_keys_and_values_only(
    with_bias, causal, jit_compile
):
    query, key, value, codebook = inputs(19)
    weights = keras.ops.convert_to_tensor(normal(2, 2, 19, 6)[:, ::-1].copy())
    _, visible = visible_pairs(19, False, causal)
    bias = distance_bias() if with_bias else None

    def fast(query, key, value):
        read = attend(query, key, value, codebook, causal=causal, bias=bias)
        return keras.ops.sum(read * weights)

    near = near_pairs(19, with_bias, causal)
    near = keras.ops.convert_to_tensor(near.astype("float32"))
    codes, _ = quantized(key, codebook)
    added = pair_bias(19) if with_bias else np.zeros((2, 19, 19), "float32")
    added = added + np.where(visible, 0.0, -1e9).astype("float32")[:, None]

    def plain(query, key, value):
        # For each pair, far keys and values are constants.
        ste = key + keras.ops.convert_to_tensor(codes - arrays[1])
        fixed, fixed_value = map(keras.ops.convert_to_tensor, (codes, value_))
        products = [
            keras.ops.einsum("bhid,bhjd->bhij", query, each)
            for each in (ste, fixed)
        ]
        scores = near * products[0] + (1 - near) * products[1]
        scores = scores * 6**-0.5 + keras.ops.convert_to_tensor(added)
        shares = keras.ops.softmax(scores)
        read = keras.ops.matmul(shares * near, value)
        read = read + keras.ops.matmul(shares * (1 - near), fixed_value)
        return keras.ops.sum(read * weights)

    arrays, value_ = (query, key, value), value
    actual = value_and_gradients(fast, *arrays, jit_compile=jit_compile)
    expected = value_and_gradients(plain, *arrays)
    np.testing.assert_allclose(actual[0], expected[0], atol=1e-4)
    for one, other in zip(actual[1], expected[1]):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_gradients_of_the_bias_are_finite_and_the_codebook_has_none():
    query, key, value, codebook = inputs(11)

    def total(bias, codebook):
        read = attend(query, key, value, codebook, bias=bias)
        # Else TensorFlow and torch have no gradient at all to compare.
        return keras.ops.sum(read**2) + keras.ops.sum(0.0 * codebook)

    value, gradients = value_and_gradients(total, distance_bias(), codebook)
    assert np.isfinite(gradients[0]).all() and gradients[0].any()
    assert not gradients[1].any()


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("causal", [False, True])
def test_low_precision_is_close(dtype, causal):
    query, key, value, codebook = inputs(19)
    codes, numbers = quantized(key, codebook)
    low = [keras.ops.cast(each, dtype) for each in (query, key, value)]
    actual = vector_quantized_attention(
        *low, codebook, numbers, causal=causal, block_size=SIZE
    )
    assert keras.backend.standardize_dtype(actual.dtype) == dtype
    _, visible = visible_pairs(19, False, causal)
    expected = dense(query, codes, value, visible, 0.0)
    np.testing.assert_allclose(as_float32(actual), expected, atol=0.05)


def test_all_padding_is_finite_with_finite_gradients():
    mask, (*arrays, codebook) = np.zeros((2, 9), bool), inputs(9)

    def total(*arrays):
        read = attend(*arrays, codebook, mask=mask, bias=distance_bias())
        return keras.ops.sum(read)

    value, gradients = value_and_gradients(total, *arrays)
    assert np.isfinite(value)
    assert all(np.isfinite(each).all() for each in gradients)


def test_dropout_is_applied_to_the_probabilities():
    arrays = inputs(19)
    half = attend(*arrays, dropout=lambda probabilities: probabilities / 2)
    np.testing.assert_allclose(
        as_float32(half), as_float32(attend(*arrays)) / 2, rtol=1e-5
    )


def test_arguments_are_checked():
    query, key, value, codebook = inputs(5)
    codes = nearest_codes(key, codebook)
    arrays = query, key, value, codebook, codes
    with pytest.raises(ValueError, match="`block_size` must be .* 0"):
        vector_quantized_attention(*arrays, block_size=0)
    with pytest.raises(ValueError, match=r"`mask` must have .*\(2, 5, 5\)"):
        vector_quantized_attention(*arrays, mask=np.ones((2, 5, 5), bool))
    with pytest.raises(ValueError, match=r"`bias` must have .*\(2, 5\)"):
        vector_quantized_attention(*arrays, bias=np.ones((2, 5)), block_size=4)
