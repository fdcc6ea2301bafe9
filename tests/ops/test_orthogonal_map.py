import keras
import numpy as np
import pytest

from keras_addons.ops import orthogonal_map
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

KINDS = ("rotation", "reflection", "half_turn")
each_kind = pytest.mark.parametrize("kind", KINDS)


def unit(vectors):
    vectors = np.asarray(vectors, "float64")
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def by_formula(a, b, kind):
    c, identity = a @ b, np.eye(len(a))
    return {
        "rotation": identity
        + 2 * np.outer(b, a)
        - np.outer(a + b, a + b) / (1 + c),
        "reflection": identity - np.outer(a - b, a - b) / (1 - c),
        "half_turn": np.outer(a + b, a + b) / (1 + c) - identity,
    }[kind]


def determinant(kind, size):
    return {
        "rotation": 1,
        "reflection": -1,
        "half_turn": (-1) ** (size - 1),
    }[kind]


def check(matrix, a, b, kind, atol=2e-6):
    matrix = as_float32(matrix).astype("float64")
    np.testing.assert_allclose(matrix @ a, b, atol=atol)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(a)), atol=2e-6)
    expected = determinant(kind, len(a))
    np.testing.assert_allclose(np.linalg.det(matrix), expected, atol=1e-5)


@each_kind
@pytest.mark.parametrize("size", [2, 3, 6])
def test_is_the_formula(kind, size):
    a, b = unit(normal(2, size))
    matrix = orthogonal_map(a, b, kind)
    np.testing.assert_allclose(
        as_float32(matrix), by_formula(a, b, kind), atol=2e-6
    )
    check(matrix, a, b, kind)


@pytest.mark.parametrize("kind", ["reflection", "half_turn"])
def test_two_of_them_swap_the_vectors(kind):
    a, b = unit(normal(2, 5))
    matrix = as_float32(orthogonal_map(a, b, kind))
    np.testing.assert_allclose(matrix @ b, a, atol=2e-6)
    np.testing.assert_allclose(matrix, matrix.T, atol=2e-6)


def test_a_rotation_leaves_what_is_orthogonal_to_its_plane():
    a, b = unit(normal(2, 5))
    matrix = as_float32(orthogonal_map(a, b))
    other = normal(5)
    basis = np.linalg.qr(np.stack([a, b], axis=1))[0]
    other = other - basis @ (basis.T @ other)
    np.testing.assert_allclose(matrix @ other, other, atol=3e-6)
    assert np.abs(matrix @ b - a).max() > 0.1


@each_kind
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("size", [2, 3, 6])
def test_equal_and_opposite_vectors(kind, sign, size):
    a = unit(normal(size))
    a = a.astype("float32").astype("float64")  # -a is exactly opposite
    check(orthogonal_map(a, sign * a, kind), a, sign * a, kind)
    axis = np.eye(size)[0]
    check(orthogonal_map(axis, sign * axis, kind), axis, sign * axis, kind)


@each_kind
@pytest.mark.parametrize("sign", [1, -1])
def test_nearly_equal_and_nearly_opposite_vectors(kind, sign):
    # Few digits are left of `a - b` or `a + b`, yet the matrix is orthogonal.
    a = unit(normal(4))
    for distance in (1e-3, 1e-5, 1e-7, 1e-9):
        b = unit(sign * a + distance * normal(4)[::-1])
        check(orthogonal_map(a, b, kind), a, b, kind, atol=1e-6)


def test_vectors_are_divided_by_their_norms_and_batches_are_taken_in_turn():
    source, target = normal(2, 3, 5), normal(4, 3, 5)[2:]
    matrices = as_float32(orthogonal_map(source, target))
    assert matrices.shape == (2, 3, 5, 5)
    for place in np.ndindex(2, 3):
        a, b = unit(source[place]), unit(target[place])
        np.testing.assert_allclose(
            matrices[place], by_formula(a, b, "rotation"), atol=5e-6
        )


@each_kind
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_finite_everywhere_and_right_elsewhere(kind, jit_compile):
    weights = normal(4, 4)

    def loss(a, b):
        return keras.ops.sum(
            keras.ops.multiply(orthogonal_map(a, b, kind), weights)
        )

    a, b = normal(2, 4)
    for target in (a, -a, b):
        _, gradients = value_and_gradients(
            loss, a, target, jit_compile=jit_compile
        )
        assert all(np.all(np.isfinite(each)) for each in gradients)
    for place in range(4):
        step = 1e-6 * np.eye(4)[place]
        expected = [
            np.sum(by_formula(unit(a + s), unit(b), kind) * weights)
            for s in (step, -step)
        ]
        expected = (expected[0] - expected[1]) / 2e-6
        assert gradients[0][place] == pytest.approx(expected, abs=1e-3)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="`kind` .* Received: 'turn'"):
        orthogonal_map(normal(3), normal(3), "turn")
    with pytest.raises(ValueError, match="`source` and `target`"):
        orthogonal_map(normal(3), normal(4))
    with pytest.raises(ValueError, match="d of 2 or more"):
        orthogonal_map(normal(1), normal(1))
