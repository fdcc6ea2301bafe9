"""The score function: no gradient of the cost is needed."""

import keras
from keras import ops

from keras_addons.losses.estimators.enumeration import log_probabilities
from keras_addons.losses.estimators.gradient_estimator import GradientEstimator
from keras_addons.losses.estimators.gradient_estimator import check_num_samples
from keras_addons.losses.estimators.gradient_estimator import costs_of
from keras_addons.losses.estimators.gradient_estimator import stacked
from keras_addons.ops.gumbel import sample_categorical

BASELINES = ("leave_one_out", "optimal")


@keras.saving.register_keras_serializable(package="keras_addons")
class Reinforce(GradientEstimator):
    """Averages `(f(z) - b) * gradient of log p(z)` over samples `z`.

    `f` may be anything, as the score of a text. Unbiased, whatever the
    baseline `b`, which is to make it vary less: a constant near `E f`; with
    "leave_one_out" the mean cost of the other samples of the row; with
    "optimal" that mean weighted by the squared lengths of their scores, an
    estimate of `E[f |s|^2] / E[|s|^2]`. The value is the mean cost. Where `f`
    has a gradient of its own, as for weights that it uses, that is passed on.

    Args:
        baseline: float, "leave_one_out" or "optimal".
        num_samples: positive int, how often to draw for each row; at least 2
            if the baseline is a name.

    Call arguments and result are those of `GradientEstimator`.

    Raises:
        ValueError: `baseline` is another name, or `num_samples` too small.

    Example:

    >>> def cost(y_true, z):  # steps have no gradient
    ...     wrong = ops.not_equal(ops.argmax(z, axis=-1), y_true)
    ...     return ops.cast(wrong, "float32")
    >>> estimator = Reinforce("leave_one_out", num_samples=4)
    >>> costs = estimator(cost, ops.zeros((2, 3)), ops.array([0, 2]), seed=1)
    >>> costs.shape == (2,)
    True

    Reference:
        [Williams, 1992](https://doi.org/10.1007/BF00992696),
        [Kool et al., 2019](https://openreview.net/forum?id=r1lgTGL5DE),
        https://kexue.fm/archives/6705
    """

    def __init__(self, baseline="leave_one_out", num_samples=4):
        if isinstance(baseline, str) and baseline not in BASELINES:
            raise ValueError(
                f"`baseline` must be a float or one of {BASELINES}. "
                f"Received: {baseline!r}"
            )
        check_num_samples(num_samples, 2 if isinstance(baseline, str) else 1)
        self.baseline = baseline
        self.num_samples = num_samples

    def __call__(self, function, logits, y_true=None, seed=None):
        logits = stacked(logits, self.num_samples)
        choices = sample_categorical(ops.stop_gradient(logits), seed)
        samples = ops.one_hot(choices, logits.shape[-1], dtype="float32")
        costs = costs_of(function, y_true, samples)
        scores = log_probabilities(samples, ops.log_softmax(logits))
        advantages = costs - self.baselines(costs, samples, logits)
        # Of value 0 and with the gradient of the scores.
        scores = scores - ops.stop_gradient(scores)
        return ops.mean(costs + ops.stop_gradient(advantages) * scores, axis=0)

    def baselines(self, costs, samples, logits):
        """A number, or one for each cost that does not depend on it."""
        if self.baseline == "leave_one_out":
            return mean_of_others(costs, ops.ones_like(costs))
        if self.baseline == "optimal":
            scores = samples - ops.softmax(logits)
            axes = tuple(range(2, len(scores.shape)))
            return mean_of_others(costs, ops.sum(scores**2, axis=axes))
        return self.baseline


def mean_of_others(costs, weights):
    """The weighted mean over the other rows, for each row."""
    products = weights * costs
    return ops.divide_no_nan(
        ops.sum(products, axis=0) - products,
        ops.sum(weights, axis=0) - weights,
    )
