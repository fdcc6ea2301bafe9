import keras
import numpy as np
import pytest

from keras_addons.ops import atrous_attention
from keras_addons.ops import local_attention
from keras_addons.ops import sparse_attention
from keras_addons.ops.attention import attention
from tests.gradients import value_and_gradients
from tests.gradients import without_gradients
from tests.ops import masked_attention as dense

KINDS = {
    "local": (local_attention, dense.sees_local),
    "atrous": (atrous_attention, dense.sees_atrous),
    "sparse": (sparse_attention, dense.sees_sparse),
}
EACH = [("local", 0), ("local", 3), ("local", 40), ("atrous", 1)]
EACH += [("atrous", 3), ("sparse", 2), ("sparse", 5), ("sparse", 36)]
each_kind = pytest.mark.parametrize("kind, size", EACH)
each_direction = pytest.mark.parametrize("causal", [False, True])


def check(actual, expected, sees_a_key, atol=1e-5):
    # Rows that see no key have no meaning, but are finite.
    actual = keras.ops.convert_to_numpy(keras.ops.cast(actual, "float32"))
    assert np.isfinite(actual).all()
    where = np.broadcast_to(sees_a_key[:, None, :, None], actual.shape)
    np.testing.assert_allclose(actual[where], expected[where], atol=atol)


@each_kind
@pytest.mark.parametrize(
    "length, masked, causal",
    [
        (1, False, False),
        (5, False, True),
        (12, True, False),
        (33, True, True),
        (70, False, False),
        (70, True, True),
    ],
)
def test_equals_dense_attention_under_the_mask(
    kind, size, length, masked, causal
):
    attend, sees = KINDS[kind]
    qkv = dense.three(length)
    mask = dense.padding(length) if masked else None
    visible = dense.visible_pairs(sees(size), length, mask, causal)
    actual = attend(*qkv, size, mask=mask, causal=causal)
    check(actual, *dense.attend(*qkv, visible))


@pytest.mark.parametrize(
    "kind, counts",
    [
        ("atrous", {4}),  # 12 / 3
        ("local", {4, 5, 6, 7}),  # 3 on one side at the ends, 3 + 1 + 3
        ("sparse", {6, 7, 8}),
    ],
)
def test_numbers_of_neighbours(kind, counts):
    # n = 12, k = 3: each value is a unit vector, the mean shows who is seen.
    attend, _ = KINDS[kind]
    zeros = np.zeros((1, 1, 12, 2), "float32")
    units = np.eye(12, dtype="float32")[None, None]
    shares = keras.ops.convert_to_numpy(attend(zeros, zeros, units, 3))
    assert {int(n) for n in (shares > 0).sum(-1).ravel()} == counts
    np.testing.assert_allclose(shares.sum(-1), 1, rtol=1e-6)


def test_a_local_and_an_atrous_layer_connect_all_tokens():
    zeros = np.zeros((1, 1, 12, 2), "float32")
    units = np.eye(12, dtype="float32")[None, None]
    near = keras.ops.convert_to_numpy(local_attention(zeros, zeros, units, 2))
    far = keras.ops.convert_to_numpy(atrous_attention(zeros, zeros, units, 3))
    assert (near[0, 0] @ far[0, 0] > 0).all()
    assert not (near[0, 0] > 0).all() and not (far[0, 0] > 0).all()


@pytest.mark.parametrize("kind, size", EACH[1::3])
@each_direction
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_those_of_dense_attention(
    kind, size, causal, jit_compile
):
    attend, sees = KINDS[kind]
    qkv, length = dense.three(37), 37
    mask = dense.padding(length)
    mask[:, 0] = True  # else a causal row may see no key
    visible = dense.visible_pairs(sees(size), length, mask, causal)
    weights = dense.three(length)[0] * visible.any(-1)[:, None, :, None]
    weights = keras.ops.convert_to_tensor(weights)

    def sparse(query, key, value):
        read = attend(query, key, value, size, mask=mask, causal=causal)
        return keras.ops.sum(read * weights)

    def plain(query, key, value):
        return keras.ops.sum(
            attention(query, key, value, visible[:, None]) * weights
        )

    actual = value_and_gradients(sparse, *qkv, jit_compile=jit_compile)
    expected = value_and_gradients(plain, *qkv)
    np.testing.assert_allclose(actual[0], expected[0], rtol=1e-4, atol=1e-4)
    for one, other in zip(actual[1], expected[1]):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("kind, size", EACH[1::3])
def test_inference_is_the_same(kind, size):
    # torch computes it as one operation then.
    attend, sees = KINDS[kind]
    qkv, mask = dense.three(37), dense.padding(37)
    visible = dense.visible_pairs(sees(size), 37, mask, True)
    with without_gradients():
        actual = attend(*qkv, size, mask=mask, causal=True)
    check(actual, *dense.attend(*qkv, visible))


@pytest.mark.parametrize("kind, size", EACH[1::3])
def test_one_mask_may_serve_all_texts(kind, size):
    attend, _ = KINDS[kind]
    qkv, mask = dense.three(12), dense.padding(12)[1:]
    both = attend(*qkv, size, mask=np.repeat(mask, 2, axis=0))
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(attend(*qkv, size, mask=mask)),
        keras.ops.convert_to_numpy(both),
        rtol=1e-6,
    )


@each_kind
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_low_precision_is_finite_and_close(kind, size, dtype):
    attend, sees = KINDS[kind]
    qkv = dense.three(33)
    mask = dense.padding(33)
    visible = dense.visible_pairs(sees(size), 33, mask, True)
    low = [keras.ops.cast(each, dtype) for each in qkv]
    actual = attend(*low, size, mask=mask, causal=True)
    assert keras.backend.standardize_dtype(actual.dtype) == dtype
    check(actual, *dense.attend(*qkv, visible), atol=0.05)


@each_kind
def test_all_padding_is_finite_with_finite_gradients(kind, size):
    attend, _ = KINDS[kind]
    mask = np.zeros((2, 9), bool)

    def total(query, key, value):
        return keras.ops.sum(attend(query, key, value, size, mask=mask))

    value, gradients = value_and_gradients(total, *dense.three(9))
    assert np.isfinite(value)
    assert all(np.isfinite(each).all() for each in gradients)


@each_kind
def test_padding_is_not_read(kind, size):
    attend, _ = KINDS[kind]
    query, key, value = dense.three(40)
    mask = dense.padding(40)
    actual = attend(query, key, value, size, mask=mask)
    other = np.where(mask[:, None, :, None], value, 99.0)
    keys = np.where(mask[:, None, :, None], key, 99.0)
    check(
        actual,
        keras.ops.convert_to_numpy(attend(query, keys, other, size, mask=mask)),
        dense.visible_pairs(KINDS[kind][1](size), 40, mask).any(-1),
    )


@each_kind
def test_dropout_is_applied_to_the_probabilities(kind, size):
    attend, _ = KINDS[kind]
    qkv = dense.three(33)
    whole = attend(*qkv, size)
    half = attend(*qkv, size, dropout=lambda probabilities: probabilities / 2)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(half),
        keras.ops.convert_to_numpy(whole) / 2,
        rtol=1e-5,
        atol=1e-6,  # on torch the whole may be one operation
    )


@pytest.mark.parametrize(
    "kind, size, name",
    [("local", -1, "window"), ("atrous", 0, "rate"), ("sparse", 1, "rate")],
)
def test_sizes_are_checked(kind, size, name):
    with pytest.raises(ValueError, match=f"`{name}` must be .* Received"):
        KINDS[kind][0](*dense.three(3), size)
    with pytest.raises(ValueError, match=f"`{name}` must be .* Received: True"):
        KINDS[kind][0](*dense.three(3), True)


@each_kind
def test_a_mask_of_pairs_is_refused(kind, size):
    with pytest.raises(ValueError, match=r"`mask` must have .*\(2, 3, 3\)"):
        KINDS[kind][0](*dense.three(3), size, mask=np.ones((2, 3, 3), bool))
