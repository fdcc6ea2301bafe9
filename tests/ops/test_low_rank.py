import keras
import numpy as np
import pytest

from keras_addons.ops import low_rank_factors
from keras_addons.ops import randomized_svd
from tests.arrays import normal
from tests.gradients import as_float32


def with_values(values, num_rows=40, num_columns=30):
    """A matrix with the given singular values."""
    left = np.linalg.qr(normal(num_rows, len(values)))[0]
    right = np.linalg.qr(normal(num_columns, len(values))[::-1])[0]
    return ((left * values) @ right.T).astype("float32")


@pytest.mark.parametrize("rank", [1, 3, 5])
def test_the_error_is_that_of_the_singular_values_left_out(rank):
    values = np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    matrix = with_values(values)
    left, right = (as_float32(each) for each in low_rank_factors(matrix, rank))
    assert left.shape == (40, rank) and right.shape == (rank, 30)
    error = matrix - left @ right
    expected = np.sqrt(np.sum(values[rank:] ** 2))
    np.testing.assert_allclose(np.linalg.norm(error), expected, atol=1e-5)
    spectral = values[rank] if rank < 5 else 0.0
    np.testing.assert_allclose(np.linalg.norm(error, 2), spectral, atol=1e-5)


def test_no_other_factors_of_that_rank_are_closer():
    # The best right factor of random left ones, and of the best left, moved.
    matrix = normal(8, 6)
    left, right = (as_float32(each) for each in low_rank_factors(matrix, 2))
    least = np.linalg.norm(matrix - left @ right)
    random = np.random.default_rng(1)
    for scale in (0.01, 0.1, 10.0):
        other = left + scale * random.normal(size=left.shape)
        closest = other @ np.linalg.lstsq(other, matrix, rcond=None)[0]
        assert np.linalg.norm(matrix - closest) > least


def test_the_factors_share_the_singular_values():
    values = np.array([4.0, 1.0])
    left, right = low_rank_factors(with_values(values), 2)
    np.testing.assert_allclose(
        np.linalg.norm(as_float32(left), axis=0), [2.0, 1.0], rtol=1e-5
    )
    np.testing.assert_allclose(
        np.linalg.norm(as_float32(right), axis=1), [2.0, 1.0], rtol=1e-5
    )


def test_batches_and_half_precision():
    matrices = normal(2, 5, 4)
    left, right = low_rank_factors(keras.ops.cast(matrices, "bfloat16"), 4)
    assert keras.backend.standardize_dtype(left.dtype) == "bfloat16"
    product = as_float32(left) @ as_float32(right)
    np.testing.assert_allclose(product, matrices, atol=0.05)


def relative_error(matrix, rank, **options):
    left, values, right = (
        as_float32(each) for each in randomized_svd(matrix, rank, **options)
    )
    error = matrix - (left * values) @ right
    return np.linalg.norm(error) / np.linalg.norm(matrix)


def test_the_range_finder_is_near_the_best_of_its_rank():
    values = 0.7 ** np.arange(30)
    matrix = with_values(values)
    best = np.sqrt(np.sum(values[5:] ** 2) / np.sum(values**2))
    errors = [
        np.mean(
            [
                relative_error(matrix, 5, num_iterations=number, seed=seed)
                for seed in range(5)
            ]
        )
        for number in (0, 2)
    ]
    assert best * 0.9999 < errors[0] < 1.1 * best
    assert best * 0.9999 < errors[1] < 1.001 * best
    alone = relative_error(matrix, 5, num_extra=0, num_iterations=0, seed=0)
    assert errors[0] < alone < 4 * best


def test_values_and_vectors_are_those_of_the_whole_decomposition():
    matrix = with_values(np.array([9.0, 6.0, 3.0, 0.1, 0.05, 0.01]))
    left, values, right = (
        as_float32(each) for each in randomized_svd(matrix, 3, seed=1)
    )
    np.testing.assert_allclose(values, [9.0, 6.0, 3.0], rtol=1e-4)
    expected_left, _, expected_right = np.linalg.svd(matrix)
    for one, other in [(left.T, expected_left.T), (right, expected_right)]:
        cosines = np.abs(np.sum(one * other[:3], axis=1))  # up to the sign
        np.testing.assert_allclose(cosines, 1.0, atol=1e-4)


def test_exact_for_a_matrix_of_that_rank():
    matrix = with_values(np.array([3.0, 2.0]))
    assert relative_error(matrix, 2, num_extra=0, seed=0) < 1e-5
    # More columns than the matrix has are not drawn.
    assert relative_error(matrix, 2, num_extra=100, seed=0) < 1e-5


def test_a_batch_is_decomposed_matrix_by_matrix():
    matrices = np.stack(
        [with_values(np.array([3.0, 2.0])), with_values(np.array([5.0, 1.0]))]
    )
    _, values, right = randomized_svd(matrices, 2, seed=0)
    np.testing.assert_allclose(
        as_float32(values), [[3.0, 2.0], [5.0, 1.0]], rtol=1e-4
    )
    assert right.shape == (2, 2, 30)


@pytest.mark.parametrize("function", [low_rank_factors, randomized_svd])
def test_bad_ranks_are_refused(function):
    for rank in (0, 5, True, 1.5):
        with pytest.raises(ValueError, match=f"`rank` .*: {rank}"):
            function(normal(6, 4), rank)
    with pytest.raises(ValueError, match="`matrix` must have the shape"):
        function(normal(4), 1)
    with pytest.raises(ValueError, match="`num_extra`"):
        randomized_svd(normal(6, 4), 1, num_extra=-1)
    with pytest.raises(ValueError, match="`num_iterations`"):
        randomized_svd(normal(6, 4), 1, num_iterations=-1)
