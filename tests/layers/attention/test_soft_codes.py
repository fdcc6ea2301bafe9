import keras
import numpy as np
import pytest

from keras_addons.layers import SoftCodes
from keras_addons.ops import linear_attention
from keras_addons.ops import orthogonal_projection
from keras_addons.ops import positive_random_features
from tests.arrays import normal
from tests.gradients import as_float32
from tests.ops.masked_attention import attend


def test_shares_by_definition():
    layer, (queries, keys) = SoftCodes(5), normal(2, 2, 2, 3, 4)
    layer.build(queries.shape, keys.shape)
    codes = normal(2, 5, 4)
    layer.codes.assign(codes)
    of_queries, shares = (as_float32(x) for x in layer(queries, keys))
    for text, head, i in np.ndindex(2, 2, 3):
        key = keys[text, head, i] / 4**0.25
        near = np.exp(-((key - codes[head]) ** 2).sum(-1) / 2)
        np.testing.assert_allclose(
            shares[text, head, i], near / near.sum(), rtol=1e-4
        )
        query = queries[text, head, i] / 4**0.25
        scores = np.exp(codes[head] @ query)
        np.testing.assert_allclose(
            of_queries[text, head, i], scores / scores.max(), rtol=1e-4
        )


def test_with_codes_of_one_norm_it_is_the_performer_with_weighted_keys():
    # exp(w . k - |k|^2 / 2) = exp(|w|^2 / 2) exp(-|k - w|^2 / 2), and the
    # first factor is one for all w of equal norms: so the Performer's key
    # features are the shares times sum_y exp(-|k - w_y|^2 / 2).
    queries, keys, values = normal(3, 1, 1, 9, 4)
    w = as_float32(orthogonal_projection(6, 4, seed=0))
    w = 2 * w / np.linalg.norm(w, axis=-1, keepdims=True)
    layer = SoftCodes(6)
    layer.build(queries.shape, keys.shape)
    layer.codes.assign(w[None])
    of_queries, shares = layer(queries, keys)
    scaled = keys / 4**0.25
    distances = ((scaled[..., None, :] - w) ** 2).sum(-1)
    totals = np.exp(-distances / 2).sum(-1, keepdims=True)
    totals = keras.ops.convert_to_tensor(totals)
    performer = linear_attention(
        positive_random_features(queries / 4**0.25, w),
        positive_random_features(scaled, w),
        values,
    )
    weighted = linear_attention(of_queries, shares * totals, values)
    np.testing.assert_allclose(
        as_float32(weighted), as_float32(performer), atol=1e-5
    )


def test_keys_far_from_each_other_at_codes_are_softmax_attention():
    # Each key is a code, and the others are so far away that p is one-hot.
    codes = 10 * normal(1, 5, 4)
    keys = np.tile(codes, (2, 1, 1, 1))[:, :, [0, 3, 3, 1]]
    queries, values = normal(2, 2, 1, 4, 4) / 3
    layer = SoftCodes(5)
    layer.build(queries.shape, keys.shape)
    layer.codes.assign(codes / 4**0.25)
    actual = linear_attention(*layer(queries, keys), values)
    expected, _ = attend(queries, keys, values, np.ones((1, 4, 4), bool))
    np.testing.assert_allclose(as_float32(actual), expected, atol=1e-4)


def test_large_queries_stay_finite():
    layer, heads = SoftCodes(5), 1e4 * normal(1, 2, 3, 4)
    for each in layer(heads, heads):
        assert np.isfinite(as_float32(each)).all()


def test_number_of_codes_is_checked():
    with pytest.raises(ValueError, match="`num_codes` must be .* 0"):
        SoftCodes(0)


def test_codes_are_trained():
    layer, heads = SoftCodes(5), normal(1, 2, 3, 4)
    layer(heads, heads)
    assert [each.path for each in layer.trainable_weights] == [layer.codes.path]
    assert keras.backend.standardize_dtype(layer.codes.dtype) == "float32"
