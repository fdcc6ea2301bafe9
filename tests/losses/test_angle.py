import keras
import numpy as np
import pytest

from keras_addons.losses import AnglE
from keras_addons.losses import CoSENT
from keras_addons.losses.angle import angle_similarities
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import cosine
from tests.losses.definitions import ranking


def angle(u, v):
    """As the authors: z_k / w_k, scaled to |z| = |w|, summed with its parts."""
    half = len(u) // 2
    z = u[:half] + 1j * u[half:]
    w = v[:half] + 1j * v[half:]
    quotient = 0.0
    for k in range(half):
        quotient += z[k] * w[k].conjugate() / np.sum(np.abs(w) ** 2)
    quotient /= np.linalg.norm(z) / np.linalg.norm(w)
    return abs(quotient.real + quotient.imag)


def similarities(pairs):
    return keras.ops.convert_to_numpy(
        angle_similarities(keras.ops.convert_to_tensor(pairs))
    )


def test_similarities_equal_the_definition():
    pairs = normal(9, 2, 6)
    expected = [angle(u, v) for u, v in pairs]
    np.testing.assert_allclose(similarities(pairs), expected, rtol=1e-5)


@pytest.mark.parametrize("cosine_weight", [0.0, 1.0, 0.3])
def test_equals_the_definition(cosine_weight):
    pairs, labels = normal(7, 2, 6), np.array([0, 2, 1, 1, 0, 2, 2])
    angles = [5 * angle(u, v) for u, v in pairs]
    cosines = [5 * cosine(u, v) for u, v in pairs]
    expected = ranking(labels, angles)
    expected += cosine_weight * ranking(labels, cosines)
    loss = AnglE(scale=5.0, cosine_weight=cosine_weight)
    np.testing.assert_allclose(value(loss, labels, pairs), expected, rtol=1e-5)


def test_equal_vectors_have_similarity_1_whatever_their_lengths():
    first = normal(5, 6)
    pairs = np.stack([first, 3 * first], axis=1)
    np.testing.assert_allclose(similarities(pairs), np.ones(5), rtol=1e-5)


def test_of_real_vectors_it_is_the_size_of_the_cosine():
    # Imaginary parts of 0: <z, w> / (|z| |w|) = cos, and the loss is CoSENT's
    # wherever the cosines are positive.
    real = np.abs(normal(6, 2, 3))
    pairs = np.concatenate([real, 0 * real], axis=-1)
    cosines = [cosine(u, v) for u, v in real]
    np.testing.assert_allclose(similarities(pairs), cosines, rtol=1e-5)
    labels = np.arange(6) % 3
    np.testing.assert_allclose(
        value(AnglE(cosine_weight=0), labels, pairs),
        value(CoSENT(), labels, pairs),
        rtol=1e-5,
    )


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`scale` must be positive"):
        AnglE(scale=-1)
    with pytest.raises(ValueError, match="`cosine_weight` must not be"):
        AnglE(cosine_weight=-1)
    with pytest.raises(ValueError, match="`y_pred` must be even"):
        AnglE()(np.ones(4), keras.ops.ones((4, 2, 5)))
