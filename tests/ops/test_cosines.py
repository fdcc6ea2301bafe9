import keras
import numpy as np
import pytest

from keras_addons.ops.cosines import cosines
from keras_addons.ops.cosines import unit_vectors
from tests.arrays import normal
from tests.gradients import value_and_gradients


def as_numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("size", [1.0, 1e-6, 1e4])
def test_vectors_of_any_size_and_dtype_get_length_1(size, dtype):
    vectors = keras.ops.cast(size * normal(5, 8), dtype)
    units = unit_vectors(vectors)
    assert keras.backend.standardize_dtype(units.dtype) == "float32"
    np.testing.assert_allclose(
        np.linalg.norm(as_numpy(units), axis=-1), np.ones(5), rtol=1e-5
    )


def test_zeros_stay_with_a_finite_gradient():
    value, (gradient,) = value_and_gradients(
        lambda x: keras.ops.sum(unit_vectors(x)), np.zeros((2, 3), "float32")
    )
    assert value == 0
    np.testing.assert_array_equal(gradient, np.ones((2, 3)))


def test_gradients_are_orthogonal_to_the_vectors():
    # A unit vector does not change with the length.
    vectors, others = normal(5, 8), normal(10, 8)[5:]
    others = keras.ops.convert_to_tensor(others)
    _, (gradient,) = value_and_gradients(
        lambda x: keras.ops.sum(unit_vectors(x) * others), vectors
    )
    products = np.sum(gradient * vectors, axis=-1)
    np.testing.assert_allclose(products, np.zeros(5), atol=1e-5)


def test_cosines_by_definition():
    vectors, others = normal(3, 8), normal(10, 8)[6:]
    lengths = np.linalg.norm(vectors, axis=1)[:, None]
    lengths = lengths * np.linalg.norm(others, axis=1)
    expected = vectors @ others.T / lengths
    np.testing.assert_allclose(
        as_numpy(cosines(vectors, others)), expected, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(
        as_numpy(cosines(vectors, others, 0.05)),
        20 * expected,
        rtol=1e-4,
        atol=1e-5,
    )


def test_without_temperature_it_is_the_dot_product():
    vectors, others = normal(3, 8), normal(10, 8)[6:]
    np.testing.assert_allclose(
        as_numpy(cosines(vectors, others, None)), vectors @ others.T, rtol=1e-5
    )
