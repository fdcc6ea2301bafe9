import keras
import numpy as np
import pytest

from keras_addons.ops import projection_matrix
from keras_addons.ops import projection_size


def test_sizes_by_hand():
    # 24 ln 60 / 0.5^2 = 24 * 4.0943 / 0.25 = 393.06; 8.33 ln 512 = 51.97.
    assert projection_size(60, 0.5) == 394
    assert projection_size(512) == 52
    # Half the distortion costs four times the size.
    assert projection_size(1000, 0.1) == pytest.approx(
        4 * projection_size(1000, 0.2), abs=4
    )


def projected_points(seed, num_points=60, size=394):
    points = np.random.default_rng(0).normal(size=(num_points, 1000))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    matrix = keras.ops.convert_to_numpy(projection_matrix(1000, size, seed))
    return points, points @ matrix


@pytest.mark.parametrize("seed", range(5))
def test_all_distances_and_products_are_kept_at_the_size_of_the_lemma(seed):
    points, short = projected_points(seed)
    pairs = np.triu_indices(len(points), 1)
    before, after = (
        np.square(each[:, None] - each[None]).sum(axis=-1)[pairs]
        for each in (points, short)
    )
    assert np.abs(after / before - 1).max() < 0.5
    assert np.abs(short @ short.T - points @ points.T).max() < 0.5


def test_squared_lengths_leave_the_bound_as_seldom_as_it_says():
    # P(||u|^2 - 1| >= 0.3) <= 2 exp(-0.09 * 200 / 8) = 0.21, of which the
    # sharper bound exp(n (ln 1.3 - 0.3) / 2) + exp(n (ln 0.7 + 0.3) / 2) =
    # 0.0231 + 0.0035 leaves 0.0267.
    _, short = projected_points(0, num_points=60, size=200 * 50)
    squares = np.square(short.reshape(60, 50, 200)).sum(axis=-1) * 50
    assert np.mean(np.abs(squares - 1) >= 0.3) < 0.0267
    # In 50 dimensions it happens in about one of eight, below 0.633.
    squares = np.square(short.reshape(60, 200, 50)).sum(axis=-1) * 200
    assert 0.08 < np.mean(np.abs(squares - 1) >= 0.3) < 0.633


def test_numbers_have_the_variance_of_the_formula():
    matrix = keras.ops.convert_to_numpy(projection_matrix(300, 100, seed=1))
    assert matrix.shape == (300, 100) and matrix.dtype == "float32"
    # The standard error of a variance of 30,000 numbers is 0.8 %.
    assert matrix.var() == pytest.approx(1 / 100, rel=0.04)
    assert abs(matrix.mean()) < 0.1 * 4 / np.sqrt(30_000)


def test_a_seed_repeats_the_matrix():
    first, same, other = (
        keras.ops.convert_to_numpy(projection_matrix(4, 3, seed))
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert np.all(first != other)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="`num_points` .* Received: 1"):
        projection_size(1)
    with pytest.raises(ValueError, match="`distortion` .* Received: 1"):
        projection_size(10, distortion=1)
    with pytest.raises(ValueError, match="`distortion` .* Received: 0"):
        projection_size(10, distortion=0)
    with pytest.raises(ValueError, match="`input_size` .* Received: 0"):
        projection_matrix(0, 3)
    with pytest.raises(ValueError, match="`output_size` .* Received: True"):
        projection_matrix(3, True)
