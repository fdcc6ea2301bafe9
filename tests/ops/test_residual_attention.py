import keras
import numpy as np

from keras_addons.ops.attention import attention
from keras_addons.ops.residual_attention import residual_attention
from tests.arrays import normal


def three_layers():
    return [normal(3, 2, 2, 5, 4) + shift for shift in (0, 0.5, -0.5)]


def test_scores_add_up_from_layer_to_layer():
    total, previous = 0, None
    for query, key, value in three_layers():
        query, key, value = map(
            keras.ops.convert_to_tensor, (query, key, value)
        )
        read, previous = residual_attention(query, key, value, previous)
        query, key, value = map(keras.ops.convert_to_numpy, (query, key, value))
        total = total + query @ key.swapaxes(2, 3) / 2  # sqrt(4)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(previous), total, atol=1e-4
        )
        shares = np.exp(total - total.max(axis=-1, keepdims=True))
        expected = shares / shares.sum(axis=-1, keepdims=True) @ value
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(read), expected, atol=1e-4
        )


def test_without_scores_before_it_is_attention():
    query, key, value = map(keras.ops.convert_to_tensor, three_layers()[0])
    mask, bias = np.tril(np.ones((1, 1, 5, 5), bool)), normal(1, 2, 5, 5)
    read, scores = residual_attention(
        query, key, value, mask=mask, bias=bias, dropout=lambda x: 0.5 * x
    )
    expected = attention(query, key, value, mask, lambda x: 0.5 * x, bias)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(read),
        keras.ops.convert_to_numpy(expected),
        atol=1e-6,
    )
    _, plain = residual_attention(query, key, value)
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(scores), keras.ops.convert_to_numpy(plain)
    )


def test_scores_keep_the_dtype_of_the_query():
    query, key, value = (
        keras.ops.cast(each, "bfloat16") for each in three_layers()[0]
    )
    read, scores = residual_attention(query, key, value)
    for each in (read, scores):
        assert keras.backend.standardize_dtype(each.dtype) == "bfloat16"
