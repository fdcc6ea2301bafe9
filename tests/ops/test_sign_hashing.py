import keras
import numpy as np
import pytest

from keras_addons.ops import hash_cosines
from keras_addons.ops import projection_matrix
from keras_addons.ops import sign_hashes
from tests.arrays import normal
from tests.gradients import as_float32


def pair_at(cosine, size=20):
    """Two unit vectors whose cosine is the given one."""
    first, second = np.linalg.qr(normal(size, 2))[0].T
    return np.stack([first, cosine * first + np.sqrt(1 - cosine**2) * second])


def test_signs_are_those_of_the_products():
    vectors, directions = normal(2, 3, 7), normal(7, 33)
    hashes = keras.ops.convert_to_numpy(sign_hashes(vectors, directions))
    assert hashes.dtype == "int8" and hashes.shape == (2, 3, 33)
    np.testing.assert_array_equal(hashes, np.sign(vectors @ directions))


def test_a_product_of_zero_is_positive():
    hashes = sign_hashes(np.zeros((1, 3), "float32"), normal(3, 5))
    np.testing.assert_array_equal(as_float32(hashes), np.ones((1, 5)))


@pytest.mark.parametrize("cosine", [-0.9, -0.3, 0.0, 0.624, 0.95])
def test_signs_agree_as_the_arcsine_law_says(cosine):
    # Mean product (2 / pi) arcsin(cos): 0.4288 at 0.624, not 0.624.
    vectors = pair_at(cosine).astype("float32")
    num_bits = 40_000
    hashes = sign_hashes(vectors, projection_matrix(20, num_bits, seed=3))
    first, second = as_float32(hashes)
    expected = 2 / np.pi * np.arcsin(cosine)
    # Four standard errors of a mean of 40,000 signs.
    assert abs(np.mean(first * second) - expected) < 4 / np.sqrt(num_bits)


def test_the_arcsine_is_undone():
    cosines = np.array([-0.9, 0.0, 0.624, 0.95])
    directions = projection_matrix(20, 40_000, seed=5)
    for cosine in cosines:
        hashes = sign_hashes(pair_at(cosine).astype("float32"), directions)
        estimate = as_float32(hash_cosines(hashes, hashes))
        # Four times the standard deviation pi / (2 sqrt(40,000)) = 0.0079.
        assert abs(estimate[0, 1] - cosine) < 0.0315
        np.testing.assert_allclose(np.diag(estimate), 1.0, atol=1e-6)


def test_every_hash_is_compared_with_every_other():
    hashes, others = np.sign(normal(3, 8)), np.sign(normal(5, 8) + 0.1)
    estimates = as_float32(hash_cosines(hashes, others))
    for i in range(3):
        for j in range(5):
            agreement = np.mean(hashes[i] * others[j])
            expected = np.sin(np.pi / 2 * agreement)
            assert estimates[i, j] == pytest.approx(expected, abs=1e-6)


def test_lengths_do_not_matter():
    vectors, directions = normal(4, 7), normal(7, 33)
    np.testing.assert_array_equal(
        as_float32(sign_hashes(vectors, directions)),
        as_float32(sign_hashes(1000 * vectors, directions)),
    )
