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


on_torch = pytest.mark.skipif(
    keras.backend.backend() != "torch", reason="torch alone fuses attention"
)


def unfused(*arguments):
    """A function of the probabilities keeps torch from fusing."""
    return attention(*arguments, dropout=lambda each: each)


def derivatives(attend, arguments, order):
    """The gradients of queries, keys and values, or gradients of them."""
    import torch

    *tensors, mask = arguments
    tensors = [each.detach().requires_grad_() for each in tensors]
    found = attend(*tensors, mask)
    for left in reversed(range(order)):
        total = found if torch.is_tensor(found) else sum(map(torch.sum, found))
        found = torch.autograd.grad(
            total.square().sum(), tensors, create_graph=left > 0
        )
    return [as_float32(each) for each in found]


@on_torch
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("key_heads", [1, 2])
@pytest.mark.parametrize(
    "dtype, tolerance", [("float32", 1e-4), ("bfloat16", 0.1)]
)
def test_a_fused_gradient_and_its_gradient_are_those_of_the_formula(
    order, key_heads, dtype, tolerance
):
    (query, key, value, mask), _ = three(dtype)
    arguments = [query, key[:, :key_heads], value[:, :key_heads], mask]
    ours, theirs = (
        derivatives(attend, arguments, order) for attend in (attention, unfused)
    )
    for one, other in zip(ours, theirs):
        largest = np.abs(other).max()
        assert largest > 0
        np.testing.assert_allclose(
            one / largest, other / largest, atol=tolerance
        )


@on_torch
def test_only_what_needs_a_gradient_of_a_gradient_gets_one():
    import torch

    (query, key, value, mask), _ = three()
    value.requires_grad_()
    read = attention(query, key, value, mask)
    (slope,) = torch.autograd.grad(
        read.square().sum(), value, create_graph=True
    )
    # The output is linear in the values, so the slope of its square is too.
    (curvature,) = torch.autograd.grad(slope.sum(), value)
    weights = attention(query, key, torch.eye(5).expand(2, 2, 5, 5), mask)
    expected = (2 * weights.mT @ weights).sum(-1, keepdim=True)
    np.testing.assert_allclose(
        as_float32(curvature), expected.expand_as(value), atol=1e-5
    )


@on_torch
def test_attention_to_nothing_has_a_finite_gradient():
    (query, key, value, mask), _ = three()
    nothing = keras.ops.zeros_like(mask)
    for each in derivatives(attention, [query, key, value, nothing], 1):
        assert np.isfinite(each).all()


@on_torch
def test_transformations_of_torch_func_take_attention():
    import torch

    (query, key, value, mask), _ = three()
    query.requires_grad_()

    def loss(query):
        return attention(query, key, value, mask).square().sum()

    slope = torch.func.grad(loss)(query)
    (expected,) = torch.autograd.grad(loss(query), query)
    np.testing.assert_allclose(
        as_float32(slope), as_float32(expected), atol=1e-4
    )
    stacked = torch.stack([query, 2 * query]).detach().requires_grad_()
    losses = torch.func.vmap(loss)(stacked)
    expected = [as_float32(loss(each)) for each in stacked]
    np.testing.assert_allclose(as_float32(losses), expected, rtol=1e-5)
