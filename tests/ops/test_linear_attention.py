import keras
import numpy as np
import pytest

from keras_addons.ops import elu_features
from keras_addons.ops import linear_attention
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients
from tests.ops.masked_attention import padding

each_direction = pytest.mark.parametrize("causal", [False, True])


def inputs(length):
    """Positive features (2, 2, length, 6) twice, and values of 5."""
    query, key = np.abs(normal(2, 2, 2, length, 6)) + 0.1
    return query, key, normal(2, 2, length, 5)


def quadratic(query, key, value, mask=None, causal=False, rotated=None):
    """The scores of all pairs, in float64."""
    scores = weights = np.einsum(
        "bhif,bhjf->bhij", query.astype("float64"), key.astype("float64")
    )
    if rotated is not None:
        scores = np.einsum(
            "bhif,bhjf->bhij", *(each.astype("float64") for each in rotated)
        )
    visible = np.ones(scores.shape)
    if mask is not None:
        visible = visible * mask[:, None, None]
    if causal:
        visible = np.tril(visible)
    total = (weights * visible).sum(-1, keepdims=True)
    return (scores * visible) @ value / np.where(total > 0, total, 1)


@each_direction
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("length", [1, 4, 11])
@pytest.mark.parametrize("block_size", [1, 4, 64])
def test_equals_quadratic_attention(causal, masked, length, block_size):
    mask = padding(length) if masked else None
    arrays = inputs(length)
    actual = linear_attention(
        *arrays, mask=mask, causal=causal, block_size=block_size
    )
    expected = quadratic(*arrays, mask=mask, causal=causal)
    np.testing.assert_allclose(as_float32(actual), expected, atol=2e-6)


@each_direction
def test_rotated_features_count_in_the_numerator_only(causal):
    query, key, value = inputs(11)
    rotated = query - 0.7, key[:, :, ::-1] - 0.5  # products of both signs
    actual = linear_attention(
        *(query, key, value), causal=causal, rotated=rotated, block_size=4
    )
    expected = quadratic(query, key, value, causal=causal, rotated=rotated)
    np.testing.assert_allclose(as_float32(actual), expected, atol=2e-6)


@each_direction
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_those_of_quadratic_attention(causal, jit_compile):
    arrays, mask = inputs(11), padding(11)

    def linear(*arrays):
        read = linear_attention(*arrays, mask, causal, block_size=4)
        return keras.ops.sum(read**2)

    def plain(query, key, value):
        scores = keras.ops.einsum("bhif,bhjf->bhij", query, key)
        visible = np.broadcast_to(mask[:, None, None], (2, 1, 11, 11))
        visible = np.tril(visible) if causal else visible
        scores = scores * keras.ops.convert_to_tensor(visible, "float32")
        total = keras.ops.sum(scores, axis=-1, keepdims=True)
        return keras.ops.sum((keras.ops.matmul(scores, value) / total) ** 2)

    actual = value_and_gradients(linear, *arrays, jit_compile=jit_compile)
    expected = value_and_gradients(plain, *arrays)
    np.testing.assert_allclose(actual[0], expected[0], rtol=1e-5)
    for one, other in zip(actual[1], expected[1]):
        np.testing.assert_allclose(one, other, atol=1e-5)


@each_direction
def test_all_padding_reads_zero_with_finite_gradients(causal):
    mask = np.zeros((2, 5), bool)

    def total(*arrays):
        return keras.ops.sum(linear_attention(*arrays, mask, causal))

    value, gradients = value_and_gradients(total, *inputs(5))
    assert value == 0
    assert all(np.isfinite(each).all() for each in gradients)


@each_direction
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_sums_are_in_float32(causal, dtype):
    # 400 keys of 200 features of 1: the sum 80,000 is above float16's 65,504,
    # and bfloat16 cannot count to it.
    features = keras.ops.ones((1, 1, 400, 200), dtype=dtype)
    read = linear_attention(features, features, features[..., :3], None, causal)
    assert keras.backend.standardize_dtype(read.dtype) == dtype
    np.testing.assert_allclose(as_float32(read), 1.0)


def test_elu_features_by_hand():
    # exp(-30) is not 0 in float32, as exp(-30) - 1 + 1 would be.
    features = np.array([-30.0, -1.0, 0.0, 2.0, 99.0], "float32")
    expected = [np.exp(-30.0), np.exp(-1.0), 1.0, 3.0, 100.0]
    actual = as_float32(elu_features(features))
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_elu_features_have_finite_gradients():
    features = np.array([-99.0, 0.0, 0.5, 1e4], "float32")
    _, (gradient,) = value_and_gradients(
        lambda x: keras.ops.sum(elu_features(x)), features
    )
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient[2:], 1.0)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="`block_size` must be .* 0"):
        linear_attention(*inputs(3), block_size=0)
    with pytest.raises(ValueError, match=r"`mask` must have .*\(2, 3, 3\)"):
        linear_attention(*inputs(3), mask=np.ones((2, 3, 3), bool))
