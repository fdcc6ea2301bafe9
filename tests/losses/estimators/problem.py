"""A variable of four classes whose expectations are known."""

import numpy as np
from keras import ops

from tests.gradients import value_and_gradients

N = 200_000
CHANCES = np.array([0.5, 0.3, 0.15, 0.05])
COSTS = np.array([1.0, -2.0, 0.5, 3.0])
# E f = 0.5 - 0.6 + 0.075 + 0.15
MEAN = 0.125
# p_i (f_i - E f); the first is 0.5 * 0.875.
GRADIENT = np.array([0.4375, -0.6375, 0.05625, 0.14375])


def cost(offset=0.0):
    costs = np.array(COSTS + offset, "float32")
    return lambda y_true, z: ops.sum(ops.multiply(z, costs), axis=-1)


def gradients(estimator, offset=0.0):
    """Estimates of the gradient, one a row of (N, 4)."""
    logits = np.tile(np.log(CHANCES).astype("float32"), (N, 1))

    def function(logits):
        return ops.sum(estimator(cost(offset), logits, seed=11))

    return value_and_gradients(function, logits)[1][0]


def is_unbiased(estimates, expected):
    """Whether the mean is within 4 standard errors of what it should be."""
    error = estimates.std(axis=0) / np.sqrt(len(estimates))
    return np.all(np.abs(estimates.mean(axis=0) - expected) < 4 * error)


def total_variance(estimates):
    return estimates.var(axis=0).sum()
