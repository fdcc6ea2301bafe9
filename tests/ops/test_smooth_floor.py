import keras
import numpy as np
import pytest
from keras import ops
from scipy import integrate
from scipy import special
from scipy import stats

from keras_addons.ops import smooth_floor
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

KERNELS = {
    "gaussian": stats.norm,
    "logistic": stats.logistic,
    "cauchy": stats.cauchy,
}
EACH = pytest.mark.parametrize("kernel", KERNELS)
POINTS = np.array([-3.7, -1.0, -0.2, 0.0, 0.1, 0.5, 0.99, 2.0, 4.3], "float32")


def test_equals_the_sum_of_the_post():
    # Steps from -5 to 10 with t = 10, for points far inside.
    steps = 10 * (POINTS[:, None].astype("float64") - np.arange(-5, 11))
    shares = special.expit(steps)
    expected = (shares[:, :6] - 1).sum(-1) + shares[:, 6:].sum(-1)
    np.testing.assert_allclose(
        as_float32(smooth_floor(POINTS)), expected, atol=1e-5
    )


@EACH
@pytest.mark.parametrize("width", [0.05, 0.3, 1.5])
def test_equals_steps_at_thousands_of_integers(kernel, width):
    # Symmetric around x, as the sum over Cauchy's steps converges only so.
    distribution = KERNELS[kernel]
    actual = as_float32(smooth_floor(POINTS, kernel, width))
    for x, value in zip(POINTS.astype("float64"), actual):
        n = np.arange(np.floor(x) - 9999, np.floor(x) + 10001)
        shares = distribution.cdf((x - n) / width)
        expected = np.where(n <= 0, shares - 1, shares).sum()
        # Of Cauchy's steps beyond these, with a tail of w / (pi d), those on
        # both sides leave w (1 - 2 r) / (pi d) for the fraction r.
        np.testing.assert_allclose(value, expected, atol=2e-4)


@EACH
def test_equals_the_integral_over_a_period(kernel):
    # floor(x) - x has period 1, so that the kernel may be wrapped.
    width, x = 0.2, 0.3
    wraps = np.arange(-2000, 2001)

    def integrand(u):
        density = KERNELS[kernel].pdf(u + wraps, scale=width).sum()
        return (np.floor(x - u) - (x - u)) * density

    expected = x + sum(
        integrate.quad(integrand, *each)[0] for each in [(0, x), (x, 1)]
    )
    actual = as_float32(smooth_floor(np.array([x]), kernel, width))
    np.testing.assert_allclose(actual, [expected], atol=1e-4)


@EACH
def test_it_is_exact_between_integers_and_half_a_step_below_at_them(kernel):
    points = np.array([-2.5, 0.5, 7.5, -3.0, 0.0, 4.0])
    expected = [-3.0, 0.0, 7.0, -3.5, -0.5, 3.5]
    actual = as_float32(smooth_floor(points, kernel, 0.1))
    np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_the_error_is_small_away_from_integers():
    points = np.linspace(-4, 9, 1301)
    away = np.abs(points - np.round(points)) > 0.3
    errors = np.abs(as_float32(smooth_floor(points)) - np.floor(points))
    assert errors[away].max() < 0.05


@EACH
@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_slope_is_the_sum_of_the_kernels(kernel, jit_compile):
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(smooth_floor(x, kernel, 0.15)),
        POINTS,
        jit_compile=jit_compile,
    )
    n = np.arange(-3000, 3001)
    densities = KERNELS[kernel].pdf(POINTS[:, None] - n, scale=0.15)
    np.testing.assert_allclose(gradient, densities.sum(-1), atol=2e-4)


@EACH
def test_it_works_at_any_place_and_in_half_precision(kernel):
    far = np.array([-2000.5, 1000.5], "float32")
    expected = np.floor(far)
    np.testing.assert_allclose(as_float32(smooth_floor(far, kernel)), expected)
    half = smooth_floor(ops.cast(far, "float16"), kernel)
    assert keras.backend.standardize_dtype(half.dtype) == "float16"
    np.testing.assert_allclose(as_float32(half), expected, atol=1)


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`kernel` must be one of"):
        smooth_floor(POINTS, "step")
    with pytest.raises(ValueError, match="`width` must be a number above 0"):
        smooth_floor(POINTS, width=-1)
