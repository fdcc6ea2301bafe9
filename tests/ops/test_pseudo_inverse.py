import keras
import numpy as np
import pytest

from keras_addons.ops import pseudo_inverse
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

RANK_TWO = normal(5, 2) @ normal(2, 4)[:, ::-1]
MATRICES = {
    "square": normal(4, 4),
    "tall": normal(5, 3),
    "wide": normal(3, 5),
    "without full rank": RANK_TWO,
    "of rank one": np.outer([1.0, 2.0, 3.0], [1.0, 1.0]).astype("float32"),
    "identity": np.eye(3, dtype="float32"),
    "zeros": np.zeros((3, 2), "float32"),
}
each_matrix = pytest.mark.parametrize("name", MATRICES)


@each_matrix
def test_is_that_of_numpy(name):
    np.testing.assert_allclose(
        as_float32(pseudo_inverse(MATRICES[name])),
        np.linalg.pinv(MATRICES[name].astype("float64"), rcond=1e-5),
        atol=2e-5,
    )


@each_matrix
def test_meets_the_four_conditions_of_penrose(name):
    matrix = MATRICES[name].astype("float64")
    inverse = as_float32(pseudo_inverse(MATRICES[name])).astype("float64")
    for one, other in [
        (matrix @ inverse @ matrix, matrix),
        (inverse @ matrix @ inverse, inverse),
        ((matrix @ inverse).T, matrix @ inverse),
        ((inverse @ matrix).T, inverse @ matrix),
    ]:
        np.testing.assert_allclose(one, other, atol=5e-5)


def test_solves_least_squares():
    matrix, wanted = normal(6, 3), normal(6, 2)
    solution = as_float32(pseudo_inverse(matrix)) @ wanted
    expected = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    np.testing.assert_allclose(solution, expected, atol=1e-5)


def weighted(tensor, weights):
    return keras.ops.sum(keras.ops.multiply(tensor, weights))


def loss_by_numpy(matrix, weights):
    return np.sum(np.linalg.pinv(matrix, rcond=1e-5) * weights)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("name", ["square", "tall", "wide", "identity"])
def test_the_gradient_is_that_of_finite_differences(name, jit_compile):
    matrix = MATRICES[name]
    weights = normal(*matrix.T.shape)[::-1].copy()
    _, (gradient,) = value_and_gradients(
        lambda matrix: weighted(pseudo_inverse(matrix), weights),
        matrix,
        jit_compile=jit_compile,
    )
    expected = np.zeros(matrix.shape)
    for place in np.ndindex(*matrix.shape):
        step = np.zeros(matrix.shape)
        step[place] = 1e-6
        up = loss_by_numpy(matrix.astype("float64") + step, weights)
        down = loss_by_numpy(matrix.astype("float64") - step, weights)
        expected[place] = (up - down) / 2e-6
    scale = np.abs(expected).max()
    np.testing.assert_allclose(gradient / scale, expected / scale, atol=1e-4)


def test_the_gradient_at_constant_rank_is_that_of_finite_differences():
    # A = L R moves within the matrices of rank 2 as L and R move.
    left, right = normal(5, 2), normal(2, 4)[:, ::-1].copy()
    weights = normal(4, 5)
    _, gradients = value_and_gradients(
        lambda left, right: weighted(
            pseudo_inverse(keras.ops.matmul(left, right)), weights
        ),
        left,
        right,
    )
    for index, gradient in enumerate(gradients):
        factors = [left.astype("float64"), right.astype("float64")]
        for place in np.ndindex(*gradient.shape):
            losses = []
            for step in (1e-5, -1e-5):
                moved = [factor.copy() for factor in factors]
                moved[index][place] += step
                losses.append(loss_by_numpy(moved[0] @ moved[1], weights))
            expected = (losses[0] - losses[1]) / 2e-5
            assert gradient[place] == pytest.approx(
                expected, abs=1e-3 * float(np.abs(gradient).max())
            )


@each_matrix
def test_the_gradient_is_finite(name):
    _, (gradient,) = value_and_gradients(
        lambda matrix: keras.ops.sum(pseudo_inverse(matrix)), MATRICES[name]
    )
    assert np.all(np.isfinite(gradient))


def test_small_singular_values_count_as_zero_from_the_tolerance_on():
    matrix = np.diag([10.0, 1.0, 0.05]).astype("float32")
    for tolerance, expected in [
        (0.001, [0.1, 1.0, 20.0]),
        (0.01, [0.1, 1.0, 0.0]),
        (0.5, [0.1, 0.0, 0.0]),
    ]:
        inverse = as_float32(pseudo_inverse(matrix, tolerance))
        np.testing.assert_allclose(np.diag(inverse), expected, rtol=1e-5)


def test_the_default_tolerance_is_the_rounding_of_float32():
    # 3 * 1.19e-7 = 3.6e-7 of the largest.
    for smallest, is_inverted in [(5e-7, True), (3e-7, False)]:
        matrix = np.diag([1.0, 0.5, smallest]).astype("float32")
        inverse = as_float32(pseudo_inverse(matrix))
        assert (inverse[2, 2] > 0) == is_inverted


def test_batches_and_half_precision():
    matrices = normal(2, 3, 4, 2)
    inverses = as_float32(pseudo_inverse(matrices))
    assert inverses.shape == (2, 3, 2, 4)
    np.testing.assert_allclose(
        inverses[1, 2], np.linalg.pinv(matrices[1, 2]), atol=1e-5
    )
    half = pseudo_inverse(keras.ops.cast(matrices, "bfloat16"))
    assert keras.backend.standardize_dtype(half.dtype) == "bfloat16"
    np.testing.assert_allclose(as_float32(half), inverses, rtol=0.2, atol=0.05)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="`matrix` must have the shape"):
        pseudo_inverse(normal(3))
    with pytest.raises(ValueError, match="`relative_tolerance` .* Received: 2"):
        pseudo_inverse(normal(3, 3), 2)
