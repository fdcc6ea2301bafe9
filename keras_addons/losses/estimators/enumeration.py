"""Exact expectation by enumeration of all values."""

import math

import keras
import numpy as np
from keras import ops

from keras_addons.losses.estimators.gradient_estimator import GradientEstimator
from keras_addons.losses.estimators.gradient_estimator import compute_costs

MOST_VALUES = 4096


@keras.saving.register_keras_serializable(package="keras_addons")
class Enumeration(GradientEstimator):
    """Computes the exact expectation, by enumeration of all values.

    `sum_z p(z) f(z)`, with variance 0. For one variable the gradient is
    `p_i (f_i - sum_j p_j f_j)`. `f` is called once, with all values of all
    rows: `classes ** variables` times the batch, at most 4096 times.

    Call arguments and result: see `GradientEstimator`.

    Raises:
        ValueError: in the call, if a row has more than 4096 values.

    Example:

    >>> def cost(y_true, z):
    ...     return ops.sum(z * ops.array([3.0, 1.0]), axis=-1)
    >>> expected = Enumeration()(cost, ops.zeros((1, 2)))
    >>> ops.convert_to_numpy(expected)
    array([2.], dtype=float32)

    Reference:
        https://kexue.fm/archives/6705
    """

    draws = False

    def __call__(self, function, logits, y_true=None, seed=None):
        values = all_values(tuple(logits.shape[1:]))
        shape = (len(values), ops.shape(logits)[0], *logits.shape[1:])
        values = ops.convert_to_tensor(values)[:, None]
        samples = ops.broadcast_to(values, shape)
        costs = compute_costs(function, y_true, samples)
        logits = ops.cast(logits, "float32")
        scores = log_probabilities(samples, ops.log_softmax(logits)[None])
        return ops.sum(ops.exp(scores) * costs, axis=0)


def all_values(shape):
    """All arrays of one-hot rows of the shape (..., classes)."""
    *variables, num_classes = shape
    num_variables = math.prod(variables)
    if num_classes**num_variables > MOST_VALUES:
        raise ValueError(
            f"To enumerate `logits`, a row may have at most {MOST_VALUES} "
            f"values. Received: {num_variables} variables of {num_classes} "
            "classes"
        )
    values = np.indices([num_classes] * num_variables)
    values = values.reshape(num_variables, -1).T
    values = np.eye(num_classes, dtype="float32")[values]
    return values.reshape(-1, *shape)


def log_probabilities(samples, log_p):
    """`log p(z)` of one-hot samples, (samples, batch)."""
    # Not a product: log p may be -inf, and 0 * -inf is NaN.
    scores = ops.where(samples > 0.5, log_p, 0.0)
    return ops.sum(scores, axis=tuple(range(2, len(scores.shape))))
