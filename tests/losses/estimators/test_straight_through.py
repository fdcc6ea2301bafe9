import numpy as np
import pytest
from keras import ops
from scipy.integrate import quad

from keras_addons.losses import StraightThrough
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.losses.estimators.problem import N
from tests.losses.estimators.problem import is_unbiased


def square_of_first(y_true, z):
    return z[:, 0] ** 2


def test_values_are_of_one_hot_vectors_and_gradients_of_soft_ones():
    # Two classes: y = sigmoid((o + x) / t) with x logistic. The first is drawn
    # where o + x > 0, and f' = 2 there, else 0; dy/do = y (1 - y) / t.
    def slope(x):
        y = 1 / (1 + np.exp(-(0.7 + x) / 0.5))
        density = np.exp(-abs(x)) / (1 + np.exp(-abs(x))) ** 2
        return 2 * y * (1 - y) / 0.5 * density

    expected = quad(slope, -0.7, 30)[0]
    logits = np.tile(np.array([0.7, 0.0], "float32"), (N, 1))

    def function(logits):
        values = StraightThrough(0.5)(square_of_first, logits, seed=2)
        return ops.sum(values)

    value, (gradient,) = value_and_gradients(function, logits)
    chance = 1 / (1 + np.exp(-0.7))
    error = np.sqrt(chance * (1 - chance) / N)
    assert abs(value / N - chance) < 4 * error
    assert is_unbiased(gradient[:, 0], expected)


def test_round_trip():
    check_config_round_trip(StraightThrough(0.5, 3))


@pytest.mark.parametrize("name", ["temperature", "num_samples"])
def test_arguments_must_be_positive(name):
    with pytest.raises(ValueError, match=f"`{name}` must be .* 0"):
        StraightThrough(**{name: 0})
