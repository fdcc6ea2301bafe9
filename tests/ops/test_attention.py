from contextlib import nullcontext

import keras
import numpy as np
import pytest

from keras_addons.ops.attention import attention
from keras_addons.ops.attention import attention_probabilities
from keras_addons.ops.attention import causal_mask
from keras_addons.ops.attention import unilm_mask
from tests.gradients import as_float32
from tests.gradients import without_gradients


def test_causal_mask_by_hand():
    mask = keras.ops.convert_to_numpy(causal_mask(3))
    assert (mask == [[[1, 0, 0], [1, 1, 0], [1, 1, 1]]]).all()
    mask = keras.ops.convert_to_numpy(causal_mask(2, 4, first=1))
    assert (mask == [[[1, 1, 0, 0], [1, 1, 1, 0]]]).all()


def test_unilm_mask_by_the_rule_for_each_pair():
    segments = np.array([[0, 0, 0, 1, 1], [0, 1, 1, 1, 1], [0, 0, 0, 0, 0]])
    mask = keras.ops.convert_to_numpy(unilm_mask(segments))
    for row, query, key in np.ndindex(mask.shape):
        visible = segments[row, key] == 0 or (
            segments[row, query] == 1 and key <= query
        )
        assert mask[row, query, key] == visible


def test_a_row_that_may_look_at_nothing_is_finite():
    features = np.ones((1, 1, 2, 4), "float32")
    mask = np.zeros((1, 1, 2, 2), "bool")
    probabilities = keras.ops.convert_to_numpy(
        attention_probabilities(features, features, mask)
    )
    np.testing.assert_allclose(probabilities, 0.5)


def test_softmax_is_in_float32():
    features = keras.ops.ones((1, 1, 2, 4), dtype="bfloat16")
    probabilities = attention_probabilities(features, features)
    assert keras.backend.standardize_dtype(probabilities.dtype) == "float32"


def attend_by_definition(query, key, value, mask):
    read = np.zeros_like(query)
    for place in np.ndindex(query.shape[:3]):
        seen = mask[place[0], 0, place[2]]
        keys, values = key[place[:2]][seen], value[place[:2]][seen]
        scores = np.exp(keys @ query[place] / np.sqrt(query.shape[-1]))
        read[place] = scores @ values / scores.sum()
    return read


def three(dtype="float32"):
    tensors = np.random.default_rng(0).normal(size=(3, 2, 2, 5, 4))
    mask = np.tril(np.ones((2, 1, 5, 5), "bool"))
    mask[1, :, :, 3:] = False
    tensors = tensors.astype("float32")
    arguments = [keras.ops.cast(each, dtype) for each in (*tensors, mask)]
    arguments[-1] = keras.ops.cast(mask, "bool")
    return arguments, attend_by_definition(*tensors, mask)


@pytest.mark.parametrize(
    "dtype, tolerance", [("float32", 1e-5), ("bfloat16", 0.05)]
)
@pytest.mark.parametrize("context", [nullcontext, without_gradients])
def test_attention_is_the_definition(context, dtype, tolerance):
    arguments, expected = three(dtype)
    with context():
        read = attention(*arguments)
    assert keras.backend.standardize_dtype(read.dtype) == dtype
    np.testing.assert_allclose(as_float32(read), expected, atol=tolerance)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_attention_to_nothing_is_finite(dtype):
    (query, key, value, _), _ = three(dtype)
    mask = keras.ops.zeros((2, 1, 5, 5), "bool")
    with without_gradients():
        read = attention(query, key, value, mask)
    assert np.isfinite(as_float32(read)).all()


def test_dropout_is_of_the_probabilities():
    arguments, expected = three()
    with without_gradients():
        read = attention(*arguments, dropout=lambda each: 0.5 * each)
    np.testing.assert_allclose(as_float32(read), 0.5 * expected, atol=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="torch alone fuses attention"
)
def test_a_gradient_of_a_gradient_of_attention_is_there_on_torch():
    import torch

    (query, key, value, mask), _ = three()
    query.requires_grad_()
    read = attention(query, key, value, mask)
    (slope,) = torch.autograd.grad(
        read.square().sum(), query, create_graph=True
    )
    (curvature,) = torch.autograd.grad(slope.square().sum(), query)
    assert curvature.abs().sum() > 0
