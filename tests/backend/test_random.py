"""Random bits: uniform, and independent of place, seed and count."""

import keras
import numpy as np
import pytest

from keras_addons import backend

NUM_DRAWS, SHAPE = 64, (32, 128)


def drawn(seed, num_draws=NUM_DRAWS, shape=SHAPE):
    generator = keras.random.SeedGenerator(seed)
    after = keras.ops.zeros(shape)
    draws = [
        backend.random_16_bits(shape, generator, after)
        for _ in range(num_draws)
    ]
    assert {keras.backend.standardize_dtype(d.dtype) for d in draws} == {
        "int32"
    }
    return np.stack([keras.ops.convert_to_numpy(each) for each in draws])


@pytest.fixture(scope="module")
def draws():
    return drawn(1)


def test_all_numbers_of_16_bits_come_equally_often(draws):
    # 2 ** 18 numbers in 256 bins of 1024, by the upper and by the lower half.
    # Chi squared has 255 degrees of freedom: a mean of 255 and a deviation of
    # sqrt(2 * 255) = 22.6.
    assert draws.min() >= 0 and draws.max() < 2**16
    for halves in (draws >> 8, draws & 255):
        counts = np.bincount(halves.ravel(), minlength=256)
        chi_squared = np.sum((counts - 1024.0) ** 2 / 1024)
        assert abs(chi_squared - 255) < 4 * 22.6


def test_no_place_is_above_another_over_the_draws(draws):
    # 4096 means of 64 numbers of deviation 2 ** 16 / sqrt(12) = 18919: their
    # own is 18919 / 8 = 2365, and of 4096 the largest is below 5 of them.
    means = draws.mean(axis=0)
    assert abs(means.std() / 2365 - 1) < 0.05  # 4 / sqrt(2 * 4096) = 0.044
    assert np.abs(means - 32767.5).max() < 5 * 2365


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("distance", [1, 2, 16])
def test_neighbours_in_count_and_place_are_uncorrelated(draws, axis, distance):
    # Of n pairs a correlation has the deviation 1 / sqrt(n).
    one = np.take(draws, range(draws.shape[axis] - distance), axis).ravel()
    two = np.take(draws, range(distance, draws.shape[axis]), axis).ravel()
    for shift in (0, 8):  # the whole number, and its lower half
        halves = [(each << shift) & 0xFFFF for each in (one, two)]
        correlation = np.corrcoef(*halves)[0, 1]
        assert abs(correlation) < 4.5 / np.sqrt(len(one))


def test_other_seeds_draw_other_numbers_and_the_same_the_same(draws):
    np.testing.assert_array_equal(drawn(1, 2), draws[:2])
    for other in (2, 3, 2**20 + 1):
        correlation = np.corrcoef(drawn(other).ravel(), draws.ravel())[0, 1]
        assert abs(correlation) < 4 / np.sqrt(draws.size)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4, 5)])
def test_each_shape_has_its_numbers(shape):
    draws = drawn(1, num_draws=8, shape=shape)
    assert draws.shape == (8, *shape)
    assert len(np.unique(draws)) > 0.9 * draws.size
