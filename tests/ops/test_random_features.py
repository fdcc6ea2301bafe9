import keras
import numpy as np
import pytest

from keras_addons.ops import linear_attention
from keras_addons.ops import orthogonal_projection
from keras_addons.ops import positive_random_features
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients
from tests.ops.masked_attention import attend
from tests.ops.samples import within_four_errors


def many_projections(num_features, dim, num_draws):
    """The groups of one large draw: each is a draw of its own."""
    rows = orthogonal_projection(num_draws * dim, dim, seed=0)
    return as_float32(rows).reshape(num_draws, dim, dim)[:, :num_features]


def test_products_are_the_exponential_on_average():
    query, key = 0.7 * normal(2, 5)
    w = many_projections(5, 5, 20_000)
    # The features by definition, from draws of the library.
    products = np.exp(w @ (query + key) - (query @ query + key @ key) / 2)
    assert within_four_errors(products.mean(1), np.exp(query @ key))


def test_features_by_definition():
    features, w = normal(3, 4, 5), normal(7, 5)
    expected = np.exp(
        features @ w.T - (features**2).sum(-1, keepdims=True) / 2
    ) / np.sqrt(7)
    actual = as_float32(positive_random_features(features, w))
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_vectors_are_normal_and_orthogonal():
    w = many_projections(4, 4, 20_000).astype("float64")
    products = np.einsum("nif,njf->nij", w, w)
    off_diagonal = products * (1 - np.eye(4))
    np.testing.assert_allclose(off_diagonal, 0, atol=1e-4)
    # Moments of N(0, I): mean 0 (wrong signs of QR would show here),
    # covariance I, fourth moments 3.
    assert within_four_errors(w, 0)
    covariance = w[:, :, :, None] * w[:, :, None]
    assert within_four_errors(covariance, np.eye(4))
    assert within_four_errors(w**4, 3)


def test_orthogonal_vectors_vary_less_than_independent_ones():
    query, key = 0.3 * normal(2, 5)
    independent = np.random.default_rng(0).normal(size=(20_000, 5, 5))
    variances = [
        np.exp(w @ (query + key)).mean(1).var()
        for w in (many_projections(5, 5, 20_000), independent)
    ]
    assert variances[0] < 0.95 * variances[1]


@pytest.mark.parametrize("causal", [False, True])
def test_attention_with_many_features_is_softmax_attention(causal):
    query, key, value = 0.4 * normal(3, 2, 2, 9, 4)
    projection = orthogonal_projection(40_000, 4, seed=1)
    scale = 4**-0.25  # of both, so 1 / sqrt(dim) of the scores
    actual = linear_attention(
        positive_random_features(scale * query, projection, shift_axes=-1),
        positive_random_features(scale * key, projection, shift_axes=(-2, -1)),
        value,
        causal=causal,
    )
    visible = np.ones((1, 9, 9), bool)
    expected, _ = attend(
        query, key, value, np.tril(visible) if causal else visible
    )
    np.testing.assert_allclose(as_float32(actual), expected, atol=0.02)


def test_large_features_stay_finite_with_a_shift():
    features = 60 * normal(1, 1, 6, 4)
    w = orthogonal_projection(8, 4, seed=0)

    def total(features):
        read = linear_attention(
            positive_random_features(features, w, shift_axes=-1),
            positive_random_features(features, w, shift_axes=(-2, -1)),
            features,
        )
        return keras.ops.sum(read)

    value, (gradient,) = value_and_gradients(total, features)
    assert np.isfinite(value) and np.isfinite(gradient).all()


def test_the_seed_decides():
    one = as_float32(orthogonal_projection(5, 3, seed=1))
    np.testing.assert_array_equal(
        one, as_float32(orthogonal_projection(5, 3, seed=1))
    )
    assert (one != as_float32(orthogonal_projection(5, 3, seed=2))).any()
    generator = keras.random.SeedGenerator(0)
    first, second = (orthogonal_projection(5, 3, generator) for _ in "ab")
    assert (as_float32(first) != as_float32(second)).any()


def test_sizes_are_checked():
    with pytest.raises(ValueError, match="`num_features` must be .* 0"):
        orthogonal_projection(0, 3)
    with pytest.raises(ValueError, match="`dim` must be .* True"):
        orthogonal_projection(3, True)
