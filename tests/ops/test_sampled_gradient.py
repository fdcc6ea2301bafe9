import keras
import numpy as np
import pytest

from keras_addons.ops import matmul_with_sampled_gradient
from tests.arrays import normal
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

FEATURES, KERNEL, WEIGHTS = normal(30, 5), normal(5, 4), normal(33, 4)[3:]


def weighted(product):
    return keras.ops.sum(keras.ops.multiply(product, WEIGHTS))


def gradients(uniform, jit_compile=False):
    return value_and_gradients(
        lambda features, kernel: weighted(
            matmul_with_sampled_gradient(features, kernel, uniform)
        ),
        FEATURES,
        KERNEL,
        jit_compile=jit_compile,
    )


def draws(num_rows, seed):
    return np.random.default_rng(seed).uniform(size=num_rows).astype("float32")


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_product_and_the_gradient_of_the_features_are_exact(jit_compile):
    product = matmul_with_sampled_gradient(FEATURES, KERNEL, draws(3, 0))
    np.testing.assert_allclose(
        as_float32(product), FEATURES @ KERNEL, atol=1e-5
    )
    _, (by_features, _) = gradients(draws(3, 0), jit_compile)
    np.testing.assert_allclose(by_features, WEIGHTS @ KERNEL.T, atol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_gradient_of_the_kernel_is_that_of_the_rows_drawn(jit_compile):
    norms = np.linalg.norm(FEATURES, axis=1) * np.linalg.norm(WEIGHTS, axis=1)
    probabilities = norms / norms.sum()
    uniform = draws(6, 1)
    expected = np.zeros((5, 4))
    for number in uniform:
        row = int(np.sum(np.cumsum(probabilities) <= number))
        term = np.outer(FEATURES[row], WEIGHTS[row])
        expected += term / probabilities[row] / 6
    _, (_, by_kernel) = gradients(uniform, jit_compile)
    np.testing.assert_allclose(by_kernel, expected, rtol=1e-4, atol=1e-4)


def test_the_gradient_of_the_kernel_is_unbiased_with_the_expected_error():
    # E|S - X^T dY|^2 = (Z^2 - |X^T dY|^2) / r, Z the sum of |x| |dy|.
    exact = FEATURES.T @ WEIGHTS
    norms = np.linalg.norm(FEATURES, axis=1) * np.linalg.norm(WEIGHTS, axis=1)
    expected = (norms.sum() ** 2 - np.sum(exact**2)) / 10
    estimates = np.stack(
        [gradients(draws(10, seed))[1][1] for seed in range(100)]
    )
    errors = np.sum((estimates - exact) ** 2, axis=(1, 2))
    deviation = errors.std() / np.sqrt(len(errors))
    assert abs(errors.mean() - expected) < 4 * deviation < 0.6 * expected
    error = np.sum((estimates.mean(axis=0) - exact) ** 2)
    assert error < 4 * expected / len(errors)


def test_gradients_of_zero_give_zero():
    _, (_, by_kernel) = value_and_gradients(
        lambda features, kernel: (
            0.0
            * keras.ops.sum(
                matmul_with_sampled_gradient(features, kernel, draws(3, 0))
            )
        ),
        FEATURES,
        KERNEL,
    )
    np.testing.assert_array_equal(by_kernel, np.zeros((5, 4)))


def test_half_precision_is_near_float32():
    uniform = draws(200, 2)

    def loss(features, kernel):
        features, kernel = (
            keras.ops.cast(each, "bfloat16") for each in (features, kernel)
        )
        product = matmul_with_sampled_gradient(features, kernel, uniform)
        assert keras.backend.standardize_dtype(product.dtype) == "bfloat16"
        return weighted(keras.ops.cast(product, "float32"))

    _, (by_features, by_kernel) = value_and_gradients(loss, FEATURES, KERNEL)
    _, (exact_features, full) = gradients(uniform)
    np.testing.assert_allclose(by_features, exact_features, atol=0.1)
    np.testing.assert_allclose(by_kernel, full, atol=0.1 * np.abs(full).max())
