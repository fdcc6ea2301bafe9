import numpy as np
import pytest
from keras import ops

from keras_addons.losses import Enumeration
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.losses.estimators.problem import CHANCES
from tests.losses.estimators.problem import GRADIENT
from tests.losses.estimators.problem import MEAN
from tests.losses.estimators.problem import cost


def test_value_and_gradient_are_exact():
    def function(logits):
        return ops.sum(Enumeration()(cost(), logits))

    logits = np.log(CHANCES)[None].astype("float32")
    value, (gradient,) = value_and_gradients(function, logits)
    np.testing.assert_allclose(value, MEAN, rtol=1e-5)
    np.testing.assert_allclose(gradient[0], GRADIENT, rtol=1e-5)


def test_several_variables_are_all_their_combinations():
    random = np.random.default_rng(0)
    logits = random.normal(size=(2, 2, 3)).astype("float32")
    table = random.normal(size=(2, 3, 3)).astype("float32")
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = [
        sum(
            p[row, 0, i] * p[row, 1, j] * table[row, i, j]
            for i in range(3)
            for j in range(3)
        )
        for row in range(2)
    ]

    def cost(y_true, z):
        return ops.einsum("rij,ri,rj->r", y_true, z[:, 0], z[:, 1])

    costs = Enumeration()(cost, ops.array(logits), ops.array(table))
    np.testing.assert_allclose(ops.convert_to_numpy(costs), expected, rtol=1e-5)


def test_weights_of_the_cost_have_their_gradient():
    def function(weight):
        def weighted(y_true, z):
            return weight * cost()(y_true, z)

        logits = ops.array(np.log(CHANCES)[None], dtype="float32")
        return ops.sum(Enumeration()(weighted, logits))

    _, (gradient,) = value_and_gradients(function, np.float32(2.0))
    np.testing.assert_allclose(gradient, MEAN, rtol=1e-5)


def test_an_impossible_class_does_no_harm():
    def function(logits):
        return ops.sum(Enumeration()(cost(), logits))

    logits = np.array([[0.0, 0.0, 0.0, float("-inf")]], "float32")
    value, (gradient,) = value_and_gradients(function, logits)
    np.testing.assert_allclose(value, (1 - 2 + 0.5) / 3, rtol=1e-5)
    assert gradient[0, 3] == 0
    assert np.isfinite(gradient).all()


def test_round_trip():
    check_config_round_trip(Enumeration())


def test_too_many_values_are_refused():
    with pytest.raises(ValueError, match="20 variables of 3 classes"):
        Enumeration()(cost(), ops.zeros((1, 20, 3)))


def test_a_cost_of_a_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"`function` .*\(4, 4\)"):
        Enumeration()(lambda y_true, z: z, ops.zeros((1, 4)))
