import inspect

import numpy as np
import pytest
from scipy import special

from keras_addons.ops import fit_activation
from keras_addons.ops import squareplus

PER_MILLE = np.arange(4001) / 1000  # 0 to 4, as the post takes


def test_the_constant_of_the_sigmoid_form_of_gelu():
    # The published digits; see 7309.
    parameter, error = fit_activation(
        special.ndtr,
        lambda x, rate: special.expit(rate * x),
        *((1.0, 3.0), PER_MILLE),
    )
    np.testing.assert_allclose(parameter, 1.7017449256323682, rtol=1e-14)
    np.testing.assert_allclose(error, 0.009457, atol=1e-6)


def test_the_constant_of_the_tanh_form_of_gelu():
    rate = np.sqrt(2 / np.pi)
    parameter, error = fit_activation(
        lambda x: special.erf(x / np.sqrt(2)),
        lambda x, cubic: np.tanh(rate * (x + cubic * x**3)),
        *((0.0, 0.1), PER_MILLE),
    )
    np.testing.assert_allclose(parameter, 0.04471491123850965, rtol=1e-13)
    np.testing.assert_allclose(error, 3.58e-4, rtol=2e-3)
    # The fit at 0 alone is another one, and worse.
    local = (4 - np.pi) / (3 * np.sqrt(2) * np.pi**1.5) / rate
    np.testing.assert_allclose(local, 0.0455399, atol=1e-7)
    exact = special.erf(PER_MILLE / np.sqrt(2))
    cubic = PER_MILLE + local * PER_MILLE**3
    assert np.abs(np.tanh(rate * cubic) - exact).max() > error


def test_the_default_of_squareplus():
    parameter, error = fit_activation(
        lambda x: np.logaddexp(0, x),
        lambda x, b: (x + np.sqrt(x**2 + b)) / 2,
        bounds=(0.0, 4.0),
        points=np.linspace(-10, 10, 200001),
    )
    np.testing.assert_allclose(error, 0.0759315, atol=1e-7)
    default = inspect.signature(squareplus).parameters["b"].default
    np.testing.assert_allclose(parameter, default, rtol=1e-12)


def test_a_line_through_a_parabola_by_hand():
    # |x^2 - p| on [-1, 1] is at most max(p, 1 - p): p = 1/2.
    parameter, error = fit_activation(
        np.square, lambda x, p: p, (-3.0, 2.0), np.linspace(-1, 1, 101)
    )
    np.testing.assert_allclose([parameter, error], 0.5, rtol=1e-15)


@pytest.mark.parametrize("bounds", [(0.7, 2.0), (-1.0, 0.3)])
def test_the_best_may_be_a_bound(bounds):
    parameter, _ = fit_activation(
        np.square, lambda x, p: p, bounds, np.linspace(-1, 1, 101)
    )
    nearest = min(bounds, key=lambda p: abs(p - 0.5))
    np.testing.assert_allclose(parameter, nearest, rtol=1e-15)


def test_the_deepest_of_several_valleys_is_found():
    # One point: the error is sin(p) + 1.01 p' beyond 4, least near 3 pi / 2.
    parameter, _ = fit_activation(
        lambda x: np.array([-3.0]),
        lambda x, p: np.sin(3 * p) - 0.1 * p,
        bounds=(0.0, 8.0),
        points=[0.0],
    )
    # The last minimum of sin(3p) - p / 10: cos(3p) = 1/30, 3p near 23.5.
    table = np.linspace(0, 8, 800001)
    expected = table[(np.sin(3 * table) - 0.1 * table).argmin()]
    np.testing.assert_allclose(parameter, expected, atol=1e-4)


@pytest.mark.parametrize("bounds", [(1, 0), (0, 0), (0, 1, 2), (0, np.inf), 3])
def test_other_bounds_are_refused(bounds):
    with pytest.raises(ValueError, match="`bounds` must be two numbers"):
        fit_activation(np.square, lambda x, p: p, bounds, [0.0])


def test_what_is_not_finite_is_refused():
    with (
        pytest.raises(ValueError, match="must be finite"),
        np.errstate(divide="ignore"),
    ):
        fit_activation(np.log, lambda x, p: p, (0, 1), [0.0])
    with pytest.raises(ValueError, match="`points` must hold"):
        fit_activation(np.log, lambda x, p: p, (0, 1), [])
