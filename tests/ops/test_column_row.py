import keras
import numpy as np
import pytest

from keras_addons.ops import column_row_greedy
from keras_addons.ops import column_row_sampled
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

LEFT = normal(6, 30)
RIGHT = normal(8, 30)[::-1].T.copy()
NORMS = np.linalg.norm(LEFT, axis=0) * np.linalg.norm(RIGHT, axis=1)
CORRECTIONS = (None, "diagonal", "full")


def largest(number):
    return np.argsort(-NORMS)[:number]


def test_greedy_keeps_the_largest_terms():
    product = as_float32(column_row_greedy(LEFT, RIGHT, 7))
    expected = sum(np.outer(LEFT[:, i], RIGHT[i]) for i in largest(7))
    np.testing.assert_allclose(product, expected, atol=1e-5)


def test_the_diagonal_correction_is_least_squares():
    kept = largest(4)
    terms = np.stack([np.outer(LEFT[:, i], RIGHT[i]).ravel() for i in kept])
    weights = np.linalg.lstsq(terms.T, (LEFT @ RIGHT).ravel(), rcond=None)[0]
    np.testing.assert_allclose(
        as_float32(column_row_greedy(LEFT, RIGHT, 4, "diagonal")),
        (weights @ terms).reshape(6, 8),
        atol=1e-4,
    )


def test_the_full_correction_is_least_squares():
    # vec(C L R) is the Kronecker product of C and R^T times vec(L).
    columns, rows = LEFT[:, largest(4)], RIGHT[largest(4)]
    design = np.kron(columns, rows.T)
    exact = (LEFT @ RIGHT).ravel()
    middle = np.linalg.lstsq(design, exact, rcond=None)[0]
    np.testing.assert_allclose(
        as_float32(column_row_greedy(LEFT, RIGHT, 4, "full")),
        (design @ middle).reshape(6, 8),
        atol=1e-4,
    )


@pytest.mark.parametrize("num_terms", [1, 3, 5, 8])
def test_each_correction_is_at_least_as_close(num_terms):
    errors = [
        np.linalg.norm(
            LEFT @ RIGHT
            - as_float32(column_row_greedy(LEFT, RIGHT, num_terms, correction))
        )
        for correction in CORRECTIONS
    ]
    assert errors[0] > errors[1] >= errors[2] - 1e-4
    # One term has one weight; 8 columns span the 6 dimensions.
    assert num_terms not in (3, 5) or errors[1] > errors[2] + 1e-2


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_all_terms_are_the_product(correction):
    product = column_row_greedy(LEFT, RIGHT, 30, correction)
    np.testing.assert_allclose(as_float32(product), LEFT @ RIGHT, atol=1e-3)


def samples(num_terms, num_draws, probabilities=None):
    generator = keras.random.SeedGenerator(5)
    return np.stack(
        [
            as_float32(
                column_row_sampled(
                    LEFT, RIGHT, num_terms, probabilities, generator
                )
            )
            for _ in range(num_draws)
        ]
    )


@pytest.mark.parametrize("chosen", ["best", "uniform"])
def test_samples_are_unbiased_with_the_expected_error(chosen):
    # E|S - XY|^2 = (sum |x|^2 |y|^2 / p - |XY|^2) / r; with the best p the
    # sum is (sum |x| |y|)^2.
    exact = LEFT @ RIGHT
    uniform = np.full(30, 1 / 30, "float32")
    best = NORMS / NORMS.sum()
    weights = best if chosen == "best" else uniform
    expected = (np.sum(NORMS**2 / weights) - np.sum(exact**2)) / 7
    drawn = samples(7, 300, None if chosen == "best" else uniform)
    errors = np.sum((drawn - exact) ** 2, axis=(1, 2))
    deviation = errors.std() / np.sqrt(len(errors))
    assert abs(errors.mean() - expected) < 4 * deviation < 0.3 * expected
    # The squared error of the mean of 300 is a 300th of that of one.
    assert np.sum((drawn.mean(axis=0) - exact) ** 2) < 4 * expected / 300
    if chosen == "best":
        others = (np.sum(NORMS**2 / uniform) - np.sum(exact**2)) / 7
        assert expected < 0.9 * others


def test_terms_without_weight_are_never_drawn():
    weights = np.zeros(30, "float32")
    weights[[4, 9]] = 0.2, 0.6
    # Of two draws with p = 1/4 and 3/4: terms / p / 2, added.
    terms = {i: np.outer(LEFT[:, i], RIGHT[i]) for i in (4, 9)}
    possible = [
        a + b
        for a in (2 * terms[4], terms[9] / 1.5)
        for b in (2 * terms[4], terms[9] / 1.5)
    ]
    for drawn in samples(2, 20, weights):
        assert min(np.abs(drawn - each).max() for each in possible) < 1e-4


def test_a_product_of_zeros_is_zero():
    zeros = np.zeros((3, 4), "float32")
    product = column_row_sampled(zeros, RIGHT[:4], 2, seed=0)
    np.testing.assert_array_equal(as_float32(product), np.zeros((3, 8)))
    for correction in CORRECTIONS:
        value, gradients = value_and_gradients(
            lambda left, right, correction=correction: keras.ops.sum(
                column_row_greedy(left, right, 2, correction)
            ),
            zeros,
            RIGHT[:4],
        )
        assert value == 0
        assert all(np.all(np.isfinite(each)) for each in gradients)


def test_the_gradient_of_a_sample_is_unbiased():
    # d sum(W * X Y) / dX = W Y^T.
    weights = normal(6, 8)
    generator = keras.random.SeedGenerator(5)

    def loss(left):
        product = column_row_sampled(left, RIGHT, 20, seed=generator)
        return keras.ops.sum(keras.ops.multiply(product, weights))

    gradients = [value_and_gradients(loss, LEFT)[1][0] for _ in range(60)]
    mean, deviation = np.mean(gradients, axis=0), np.std(gradients, axis=0)
    exact = weights @ RIGHT.T
    # Half of the errors of 180 means lie within 0.67 standard errors.
    standard = np.abs(mean - exact) / (deviation / np.sqrt(60))
    assert np.median(standard) < 1.0 and standard.max() < 5


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiles(jit_compile):
    def loss(left, right):
        product = column_row_greedy(left, right, 3, "diagonal")
        product = product + column_row_sampled(left, right, 5, seed=1)
        return keras.ops.sum(product)

    _, gradients = value_and_gradients(
        loss, LEFT, RIGHT, jit_compile=jit_compile
    )
    assert all(np.all(np.isfinite(each)) for each in gradients)
    assert all(np.any(each != 0) for each in gradients)


def test_selected_neurons_give_the_selected_terms():
    # phi(X W) S = phi(X W S): terms of the second product of two layers are
    # neurons of the first, so that the others need not be computed.
    inputs, first, second = normal(5, 4), normal(4, 9)[:, ::-1], normal(9, 3)
    hidden = np.maximum(inputs @ first, 0)
    norms = np.linalg.norm(hidden, axis=0) * np.linalg.norm(second, axis=1)
    kept = np.argsort(-norms)[:4]
    np.testing.assert_allclose(
        as_float32(column_row_greedy(hidden, second, 4)),
        np.maximum(inputs @ first[:, kept], 0) @ second[kept],
        atol=1e-5,
    )


def test_half_precision_is_kept():
    left, right = (keras.ops.cast(each, "bfloat16") for each in (LEFT, RIGHT))
    for product in (
        column_row_greedy(left, right, 30),
        column_row_greedy(left, right, 30, "full"),
    ):
        assert keras.backend.standardize_dtype(product.dtype) == "bfloat16"
        np.testing.assert_allclose(as_float32(product), LEFT @ RIGHT, atol=0.3)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="`num_terms` .* Received: 31"):
        column_row_greedy(LEFT, RIGHT, 31)
    with pytest.raises(ValueError, match="`correction` .* Received: 'half'"):
        column_row_greedy(LEFT, RIGHT, 3, "half")
    for function in (column_row_greedy, column_row_sampled):
        with pytest.raises(ValueError, match="`num_terms` .* Received: 0"):
            function(LEFT, RIGHT, 0)
        with pytest.raises(ValueError, match="`left` and `right`"):
            function(LEFT, LEFT, 3)
        with pytest.raises(ValueError, match="`left` must have the shape"):
            function(LEFT[0], RIGHT, 3)
