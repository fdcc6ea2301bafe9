import keras
import numpy as np
import pytest

from keras_addons.ops import entropy_invariant_scale
from keras_addons.ops import squared_relu_weights
from keras_addons.ops.score_normalization import num_visible_keys
from tests.arrays import normal
from tests.gradients import value_and_gradients


def scale(*args, **kwargs):
    return keras.ops.convert_to_numpy(entropy_invariant_scale(*args, **kwargs))


@pytest.mark.parametrize("base_length", [512, 64, 4096])
def test_at_the_base_length_the_scale_is_the_usual_one(base_length):
    actual = scale(base_length, 64, base_length)
    np.testing.assert_allclose(actual, 1 / 8, rtol=1e-6)


def test_the_scale_by_hand():
    # log 1024 / log 512 = 10 / 9, and sqrt(16) = 4; one key: log 1 = 0.
    np.testing.assert_allclose(
        scale([1024, 1, 0], 16), [10 / 36, 0, 0], rtol=1e-6
    )
    # 3 log(e^2) / 16
    np.testing.assert_allclose(scale(np.e**2, 16, kappa=3.0), 6 / 16, rtol=1e-6)


def sphere(count, size):
    points = np.random.default_rng(count).normal(size=(count, size))
    return points * np.sqrt(size) / np.linalg.norm(points, axis=1)[:, None]


def entropy(factor, num_keys, size=64):
    """The mean entropy of the softmax for queries and keys on a sphere."""
    scores = factor * (sphere(100, size) @ sphere(num_keys + 1, size)[1:].T)
    scores -= scores.max(axis=1, keepdims=True)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -(shares * np.log(shares + 1e-300)).sum(axis=1).mean()


def test_the_entropy_stays_where_the_usual_scale_lets_it_grow():
    # Figures of a separate computation in float64; points are drawn anew.
    usual = [entropy(1 / 8, n) for n in (64, 4096)]
    np.testing.assert_allclose(usual, [3.68, 7.83], atol=0.05)
    fixed = [entropy(scale(n, 64), n) for n in (64, 4096)]
    np.testing.assert_allclose(fixed, [3.96, 7.46], atol=0.05)
    free = [
        entropy(scale(n, 64, kappa=1 / 0.24), n)
        for n in (64, 128, 256, 512, 1024, 2048, 4096)
    ]
    assert 2.4 < min(free) and max(free) < 3.2


@pytest.mark.parametrize(
    "options, message",
    [({"base_length": 1}, "`base_length`"), ({"kappa": 0}, "`kappa`")],
)
def test_numbers_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        entropy_invariant_scale(8, 16, **options)


MASK = np.array([[True, False, True], [False, False, False]])


def test_visible_keys_are_counted():
    assert float(num_visible_keys(None, 3)) == 3
    for mask, expected in [
        (MASK, [[2], [0]]),
        (MASK[:, :1], [[3], [0]]),  # all keys, or none
    ]:
        count = num_visible_keys(keras.ops.convert_to_tensor(mask), 3)
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(count), expected
        )


def test_squared_relu_by_hand():
    scores = np.array([[2.0, 5.0, -1.0], [1.0, 1.0, 1.0]], "float32")
    # Two keys are seen, then none: relu(2)^2 / 2 = 2.
    weights = squared_relu_weights(scores, MASK)
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(weights), [[2, 0, 0], [0, 0, 0]]
    )


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_of_masked_scores_are_finite_and_zero(jit_compile):
    scores = normal(2, 3) * 1e4

    def total(scores):
        return keras.ops.sum(squared_relu_weights(scores, MASK))

    _, (gradient,) = value_and_gradients(total, scores, jit_compile=jit_compile)
    expected = np.where(MASK, 2 * np.maximum(scores, 0) / 2, 0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6)


def test_half_floats_are_normalized_in_float32():
    scores = keras.ops.cast(np.full((1, 4), 300.0), "float16")
    weights = squared_relu_weights(scores)  # 300^2 is beyond float16
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(weights), np.full((1, 4), 22500.0)
    )
