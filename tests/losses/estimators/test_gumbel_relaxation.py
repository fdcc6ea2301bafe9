import numpy as np
import pytest

from keras_addons.losses import GumbelRelaxation
from tests.checks import check_config_round_trip
from tests.losses.estimators.problem import GRADIENT
from tests.losses.estimators.problem import gradients
from tests.losses.estimators.problem import is_unbiased
from tests.losses.estimators.problem import total_variance


@pytest.mark.parametrize(
    "temperature, mean, variance",
    # numpy in float64, 4 million draws of y_1 (f_1 - sum_j y_j f_j) / t; the
    # variance is that of all four. Without bias the mean would be 0.4375.
    [(1.0, 0.2382, 0.155), (0.5, 0.3565, 0.683), (0.1, 0.4338, 6.36)],
)
def test_a_low_temperature_buys_little_bias_for_variance(
    temperature, mean, variance
):
    estimates = gradients(GumbelRelaxation(temperature))
    error = np.sqrt(estimates[:, 0].var() * (1 / len(estimates) + 1 / 4e6))
    assert abs(estimates[:, 0].mean() - mean) < 4 * error + 5e-5
    np.testing.assert_allclose(total_variance(estimates), variance, rtol=0.05)


def test_samples_average():
    one = gradients(GumbelRelaxation(0.5))
    four = gradients(GumbelRelaxation(0.5, num_samples=4))
    np.testing.assert_allclose(
        total_variance(four), total_variance(one) / 4, rtol=0.05
    )
    assert not is_unbiased(four, GRADIENT)


def test_round_trip():
    check_config_round_trip(GumbelRelaxation(0.5, 3))


@pytest.mark.parametrize("name", ["temperature", "num_samples"])
def test_arguments_must_be_positive(name):
    with pytest.raises(ValueError, match=f"`{name}` must be .* 0"):
        GumbelRelaxation(**{name: 0})
