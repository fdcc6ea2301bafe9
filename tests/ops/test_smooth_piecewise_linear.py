import keras
import numpy as np
import pytest
from keras import ops
from scipy import integrate
from scipy import stats

from keras_addons.ops import smooth_piecewise_linear
from keras_addons.ops import smooth_relu
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

POINTS = np.array([-7.0, -2.5, -1.0, -0.3, 0.0, 0.2, 1.0, 2.0, 9.0], "float32")
DENSITIES = {
    "gaussian": stats.norm,
    "logistic": stats.logistic,
    "cauchy": stats.cauchy,
}
KERNELS = pytest.mark.parametrize("kernel", DENSITIES)
WIDTHS = pytest.mark.parametrize("width", [0.25, 1.0, 3.0])
# name: knots, slopes, value at the first knot
FUNCTIONS = {
    "clip": ([-1, 1], [0, 1, 0], -1.0),
    "soft_shrink": ([-0.5, 0.5], [1, 0, 1], 0.0),
    "zigzag": ([-2.0, 0.0, 0.3, 2.0], [0.5, -1.0, 3.0, 0.0, 0.5], 0.7),
    "relu": ([0.0], [0, 1], 0.0),
    "leaky": ([0.5], [0.1, 1.2], 2.0),
}
WITH_EQUAL_OUTER_SLOPES = ("clip", "soft_shrink", "zigzag")


def unsmoothed(x, knots, slopes, value):
    """One segment after the other, from the first knot."""
    if x < knots[0]:
        return value + slopes[0] * (x - knots[0])
    for i, slope in enumerate(slopes[1:]):
        end = knots[i + 1] if i + 1 < len(knots) else np.inf
        if x < end:
            return value + slope * (x - knots[i])
        value += slope * (end - knots[i])


def convolved(function, x, kernel, width, minus=0.0):
    """`int_0^inf phi(u) (f(x - u) + f(x + u)) du`, piece by piece.

    `minus` is a point at which the same integrand is subtracted, so that what
    is infinite at both cancels.
    """
    knots, slopes, value = FUNCTIONS[function]

    def f(point):
        return unsmoothed(point, knots, slopes, value)

    def integrand(u):
        both = f(x - u) + f(x + u)
        if minus is not None:
            both -= f(minus - u) + f(minus + u)
        return both * DENSITIES[kernel].pdf(u, scale=width)

    edges = {abs(x - knot) for knot in knots} | {0.0, 5.0, 50.0}
    if minus is not None:
        edges |= {abs(minus - knot) for knot in knots}
    edges = sorted(edges)
    pieces = [*zip(edges, edges[1:]), (edges[-1], np.inf)]
    return sum(
        integrate.quad(integrand, *each, limit=200)[0] for each in pieces
    )


@KERNELS
@WIDTHS
@pytest.mark.parametrize("function", WITH_EQUAL_OUTER_SLOPES)
def test_equals_the_integral(function, kernel, width):
    knots, slopes, value = FUNCTIONS[function]
    actual = as_float32(
        smooth_piecewise_linear(POINTS, knots, slopes, kernel, width, value)
    )
    expected = [
        convolved(function, x, kernel, width, minus=None)
        for x in POINTS.tolist()
    ]
    np.testing.assert_allclose(actual, expected, atol=3e-6)


@pytest.mark.parametrize("kernel", ["gaussian", "logistic"])
@pytest.mark.parametrize("function", ["relu", "leaky"])
def test_equals_the_integral_with_other_outer_slopes(function, kernel):
    knots, slopes, value = FUNCTIONS[function]
    actual = smooth_piecewise_linear(POINTS, knots, slopes, kernel, 0.5, value)
    expected = [
        convolved(function, x, kernel, 0.5, minus=None) for x in POINTS.tolist()
    ]
    np.testing.assert_allclose(as_float32(actual), expected, atol=3e-6)


@WIDTHS
@pytest.mark.parametrize("function", ["relu", "leaky"])
def test_cauchy_differences_are_those_of_the_integral(function, width):
    # The integral itself is infinite: log(x) at both ends.
    knots, slopes, value = FUNCTIONS[function]
    options = knots, slopes, "cauchy", width, value
    actual = as_float32(smooth_piecewise_linear(POINTS, *options))
    expected = [
        value + convolved(function, x, "cauchy", width, minus=knots[0])
        for x in POINTS.tolist()
    ]
    np.testing.assert_allclose(actual, expected, atol=1e-5)


@KERNELS
@WIDTHS
@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_slope_of_a_relu_is_the_distribution_function(
    kernel, width, jit_compile
):
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(smooth_relu(x, 0.0, kernel, width)),
        POINTS,
        jit_compile=jit_compile,
    )
    expected = DENSITIES[kernel].cdf(POINTS, scale=width)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


@KERNELS
def test_the_slope_is_that_of_the_pieces_mixed(kernel):
    # d/dx int f(x - u) phi(u) du = sum slope * P(x - u in its piece).
    knots, slopes, value = FUNCTIONS["zigzag"]
    points = np.array([*POINTS, *knots], "float32")
    _, (gradient,) = value_and_gradients(
        lambda x: ops.sum(
            smooth_piecewise_linear(x, knots, slopes, kernel, 0.5, value)
        ),
        points,
    )
    below = DENSITIES[kernel].cdf(points[:, None] - np.array(knots), scale=0.5)
    shares = -np.diff(below, prepend=1.0, append=0.0)
    np.testing.assert_allclose(gradient, shares @ slopes, atol=3e-6)


@WIDTHS
def test_a_relu_under_the_logistic_kernel_is_softplus(width):
    expected = width * np.logaddexp(0, POINTS / width)
    actual = smooth_relu(POINTS, kernel="logistic", width=width)
    np.testing.assert_allclose(as_float32(actual), expected, atol=1e-6)


@WIDTHS
@pytest.mark.parametrize("slope", [0.0, 0.25, -0.5])
def test_a_leaky_relu_under_the_gaussian_kernel_is_sau(width, slope):
    x = POINTS.astype("float64")
    bell = np.sqrt(2 / np.pi) * width * np.exp(-(x**2) / (2 * width**2))
    corner = x * (2 * stats.norm.cdf(x / width) - 1) + bell
    expected = ((1 + slope) * x + (1 - slope) * corner) / 2
    actual = smooth_relu(POINTS, slope, width=width)
    np.testing.assert_allclose(as_float32(actual), expected, atol=1e-6)


def test_the_gaussian_relu_is_above_relu_and_known_at_0():
    x = np.linspace(-50, 50, 2001).astype("float32")
    for width in (0.1, 1.0, 4.0):
        smooth = as_float32(smooth_relu(x, width=width))
        assert np.all(smooth >= np.maximum(x, 0) - 1e-6 * width)
        at_0 = as_float32(smooth_relu(np.zeros(1), width=width))
        np.testing.assert_allclose(at_0, width / np.sqrt(2 * np.pi), rtol=1e-6)


@KERNELS
def test_a_narrow_kernel_changes_nothing(kernel):
    knots, slopes, value = FUNCTIONS["zigzag"]
    actual = smooth_piecewise_linear(POINTS, knots, slopes, kernel, 1e-6, value)
    expected = [unsmoothed(x, knots, slopes, value) for x in POINTS.tolist()]
    np.testing.assert_allclose(as_float32(actual), expected, atol=2e-5)


@KERNELS
def test_a_straight_line_stays_straight(kernel):
    actual = smooth_piecewise_linear(POINTS, [1.0], [2, 2], kernel, value=3.0)
    np.testing.assert_allclose(
        as_float32(actual), 3 + 2 * (POINTS - 1), rtol=1e-6
    )


@KERNELS
def test_far_away_nothing_cancels(kernel):
    # ReLUs of 1e8 would cancel to 1 with an error of 8.
    x = np.array([-1e8, 1e8], "float32")
    actual = smooth_piecewise_linear(x, *FUNCTIONS["clip"][:2], kernel, 1, -1)
    np.testing.assert_allclose(as_float32(actual), [-1, 1], rtol=1e-6)


@KERNELS
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_stays_and_is_finite(kernel, dtype):
    x = np.array([-6e4, -300.0, -1.0, 0.0, 1.0, 300.0, 6e4], "float32")

    def total(x):
        y = smooth_relu(ops.cast(x, dtype), 0.0, kernel)
        assert keras.backend.standardize_dtype(y.dtype) == dtype
        return ops.sum(ops.cast(y, "float32"))

    value, (gradient,) = value_and_gradients(total, x)
    assert np.isfinite(value)
    expected = DENSITIES[kernel].cdf(x)
    np.testing.assert_allclose(gradient, expected, atol=5e-3)


@KERNELS
def test_gradients_are_finite_at_the_largest_numbers(kernel):
    x = np.array([-3e38, -1e20, 1e20, 3e38], "float32")
    value, (gradient,) = value_and_gradients(
        lambda x: ops.sum(1e-9 * smooth_relu(x, kernel=kernel)), x
    )
    assert np.isfinite(value)
    np.testing.assert_allclose(1e9 * gradient, [0, 0, 1, 1], atol=1e-6)


def test_it_is_an_activation_that_is_saved():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Activation(smooth_relu)(inputs))
    again = keras.Model.from_config(model.get_config())
    np.testing.assert_allclose(
        as_float32(again(POINTS.reshape(3, 3))).ravel(),
        as_float32(smooth_relu(POINTS)),
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"knots": [1, 0]}, "`knots` must ascend"),
        ({"knots": [0, 0]}, "`knots` must ascend"),
        ({"knots": 0}, "`knots` must be a list"),
        ({"knots": "01"}, "`knots` must be a list"),
        ({"knots": []}, "`knots` must be a list"),
        ({"slopes": [1, 2]}, "`slopes` must be 3, one more"),
        ({"slopes": [1, 2, np.nan]}, "`slopes` must be a list"),
        ({"kernel": "box"}, "`kernel` must be one of 'gaussian', 'log"),
        ({"width": 0}, "`width` must be a number above 0"),
        ({"width": True}, "`width` must be a number above 0"),
        ({"value": "1"}, "`value` must be a number"),
    ],
)
def test_bad_arguments_raise(options, message):
    given = {"knots": [0, 1], "slopes": [0, 1, 0], **options}
    with pytest.raises(ValueError, match=message):
        smooth_piecewise_linear(POINTS, **given)


def test_a_slope_that_is_no_number_raises():
    with pytest.raises(ValueError, match="`negative_slope` must be a number"):
        smooth_relu(POINTS, negative_slope="0.1")
