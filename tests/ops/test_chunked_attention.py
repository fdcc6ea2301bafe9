import keras
import numpy as np
import pytest

from keras_addons.ops.chunked_attention import chunked_attention
from keras_addons.ops.chunked_attention import in_chunks
from keras_addons.ops.chunked_attention import linear_read
from tests.arrays import normal
from tests.gradients import value_and_gradients

CHUNKS, SIZE = 4, 3
MASK = np.arange(CHUNKS * SIZE).reshape(1, CHUNKS, SIZE) < 8


def tensors():
    query, key = normal(2, 1, CHUNKS, SIZE, 5)
    return query, key, normal(1, CHUNKS, SIZE, 2)


def linear_by_definition(query, key, value, mask, causal):
    read = np.zeros_like(value)
    for _, g, i in np.ndindex(query.shape[:3]):
        terms = [
            (query[0, g, i] @ key[0, h, j]) * value[0, h, j]
            for h, j in np.ndindex(CHUNKS, SIZE)
            if mask[0, h, j] and (h < g or not causal)
        ]
        read[0, g, i] = np.sum(terms, axis=0) / max(len(terms), 1)
    return read


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "padded"])
def test_linear_attention_reads_the_mean_of_all_or_of_earlier_chunks(
    mask, causal
):
    expected = linear_by_definition(
        *tensors(), np.ones_like(MASK) if mask is None else mask, causal
    )
    actual = linear_read(
        *map(keras.ops.convert_to_tensor, tensors()), mask, causal
    )
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual), expected, atol=1e-5
    )


@pytest.mark.parametrize("causal", [False, True])
def test_a_chunk_is_attended_to_as_a_head(causal):
    query, key, value = map(keras.ops.convert_to_tensor, tensors())
    zeros = keras.ops.zeros_like(query)  # no linear attention
    actual = chunked_attention(
        (query, zeros), (key, zeros), value, MASK, causal
    )
    query, key, value = tensors()
    expected = np.zeros_like(value)
    for _, g, i in np.ndindex(query.shape[:3]):
        seen = MASK[0, g] & ((np.arange(SIZE) <= i) | (not causal))
        scores = np.exp(key[0, g] @ query[0, g, i] / np.sqrt(5)) * seen
        if seen.any():
            expected[0, g, i] = scores @ value[0, g] / scores.sum()
        else:  # of padding alone: any finite answer, here the mean
            expected[0, g, i] = value[0, g].mean(axis=0)
    expected = np.where(MASK[..., None], expected, 0)
    actual = np.where(MASK[..., None], keras.ops.convert_to_numpy(actual), 0)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


@pytest.mark.parametrize("length", [1, 3, 4, 7])
def test_chunks_are_filled_with_zeros(length):
    features = normal(2, length, 5) + 9
    chunks = keras.ops.convert_to_numpy(
        in_chunks(keras.ops.convert_to_tensor(features), 3)
    )
    rows = chunks.reshape(2, -1, 5)
    assert chunks.shape[1:] == (-(-length // 3), 3, 5)
    np.testing.assert_array_equal(rows[:, :length], features)
    assert not rows[:, length:].any()


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_finite_and_none_reaches_padding(causal, jit_compile):
    query, key, value = tensors()

    def total(query, key, value):
        read = chunked_attention(
            (query, query), (key, key), value, MASK, causal
        )
        read = keras.ops.where(MASK[..., None], read, 0.0)
        return keras.ops.sum(keras.ops.square(read))

    _, gradients = value_and_gradients(
        total, query, key, value, jit_compile=jit_compile
    )
    assert all(np.isfinite(each).all() for each in gradients)
    for gradient in gradients:
        np.testing.assert_array_equal(gradient[~MASK], 0)
        assert np.abs(gradient[MASK]).sum() > 0
