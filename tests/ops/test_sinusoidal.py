import keras
import numpy as np

from keras_addons.ops import sinusoidal_vectors


def test_equals_the_definition():
    positions, size = [0, 1, 7, 1000], 6
    expected = np.empty((4, size))
    for row, position in enumerate(positions):
        for i in range(size // 2):
            angle = position / 10000 ** (2 * i / size)
            expected[row, 2 * i] = np.sin(angle)
            expected[row, 2 * i + 1] = np.cos(angle)
    actual = sinusoidal_vectors(np.array(positions), size)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual), expected, atol=1e-4
    )


def test_products_are_those_of_the_post():
    # kexue.fm 8231 with 128 features: the product falls with the distance.
    positions = np.array([0, 1, 4, 16, 64, 256, 1024]) + 5
    vectors = keras.ops.convert_to_numpy(sinusoidal_vectors(positions, 128))
    np.testing.assert_allclose(
        vectors @ vectors[0],
        [64, 62.1, 48.6, 39.7, 30.5, 20.5, 13.1],
        atol=0.06,
    )
