import numpy as np
import pytest
from keras import ops

from keras_addons.losses import Reinforce
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.losses.estimators.problem import CHANCES
from tests.losses.estimators.problem import COSTS
from tests.losses.estimators.problem import GRADIENT
from tests.losses.estimators.problem import MEAN
from tests.losses.estimators.problem import cost
from tests.losses.estimators.problem import gradients
from tests.losses.estimators.problem import is_unbiased
from tests.losses.estimators.problem import total_variance

OFFSET = 10.0
# The scores onehot(z) - p, and their squared lengths.
LENGTHS = ((np.eye(4) - CHANCES) ** 2).sum(axis=1)
OPTIMAL = CHANCES @ ((COSTS + OFFSET) * LENGTHS) / (CHANCES @ LENGTHS)


def exact_variance(baseline):
    """`sum_z p(z) (f(z) - b)^2 |s(z)|^2 - |gradient|^2`."""
    squares = (COSTS + OFFSET - baseline) ** 2 * LENGTHS
    return CHANCES @ squares - (GRADIENT**2).sum()


@pytest.mark.parametrize(
    "baseline, variance",
    [(0.0, 64.45), (MEAN + OFFSET, 1.100), (OPTIMAL, 1.088)],
    ids=["none", "mean", "optimal"],
)
def test_constants_leave_the_mean_and_change_the_variance(baseline, variance):
    np.testing.assert_allclose(exact_variance(baseline), variance, rtol=1e-3)
    estimates = gradients(Reinforce(float(baseline), num_samples=1), OFFSET)
    assert is_unbiased(estimates, GRADIENT)
    np.testing.assert_allclose(total_variance(estimates), variance, rtol=0.03)


@pytest.mark.parametrize("baseline", ["leave_one_out", "optimal"])
def test_baselines_of_the_other_samples_have_the_variance_of_enumeration(
    baseline,
):
    mean, square = np.zeros(4), 0.0
    for drawn in np.ndindex(4, 4, 4):
        estimate = np.zeros(4)
        for place, one in enumerate(drawn):
            others = list(drawn[:place] + drawn[place + 1 :])
            weights = LENGTHS[others] if baseline == "optimal" else np.ones(2)
            base = weights @ (COSTS[others] + OFFSET) / weights.sum()
            score = np.eye(4)[one] - CHANCES
            estimate += (COSTS[one] + OFFSET - base) * score / 3
        chance = CHANCES[list(drawn)].prod()
        mean += chance * estimate
        square += chance * (estimate**2).sum()
    np.testing.assert_allclose(mean, GRADIENT)  # no bias
    estimates = gradients(Reinforce(baseline, num_samples=3), OFFSET)
    assert is_unbiased(estimates, GRADIENT)
    np.testing.assert_allclose(
        total_variance(estimates), square - (GRADIENT**2).sum(), rtol=0.03
    )


def test_the_value_is_the_mean_cost_and_weights_of_it_have_a_gradient():
    logits = np.tile(np.log(CHANCES).astype("float32"), (50_000, 1))

    def function(weight):
        def weighted(y_true, z):
            return weight * cost()(y_true, z)

        return ops.mean(Reinforce()(weighted, ops.array(logits), seed=3))

    value, (gradient,) = value_and_gradients(function, np.float32(2.0))
    deviation = np.sqrt(CHANCES @ (COSTS - MEAN) ** 2 / 200_000)
    assert abs(value - 2 * MEAN) < 2 * 4 * deviation
    np.testing.assert_allclose(gradient, value / 2, rtol=1e-4)


def test_each_row_meets_its_own_label_and_scores_add_over_variables():
    # Logits so far apart that z is certain: (0, 1) and (2, 0).
    logits = 60 * np.eye(3, dtype="float32")[np.array([[0, 1], [2, 0]])]
    labels = np.array([[0, 2], [2, 0]])

    def num_wrong(y_true, z):
        wrong = ops.not_equal(ops.argmax(z, axis=-1), y_true)
        return ops.sum(ops.cast(wrong, "float32"), axis=-1)

    costs = Reinforce(num_samples=3)(num_wrong, logits, ops.array(labels), 1)
    np.testing.assert_array_equal(ops.convert_to_numpy(costs), [1.0, 0.0])


@pytest.mark.parametrize("baseline", [1.5, "optimal"])
def test_round_trip(baseline):
    check_config_round_trip(Reinforce(baseline, 3))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"baseline": "best"}, "`baseline` must be a float or one of .*'best'"),
        ({"num_samples": 1}, "`num_samples` must be at least 2. Received: 1"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        Reinforce(**options)
