"""REINFORCE: score-function estimator (policy gradient)."""

import keras
from keras import ops

from keras_addons.losses.estimators.enumeration import log_probabilities
from keras_addons.losses.estimators.gradient_estimator import GradientEstimator
from keras_addons.losses.estimators.gradient_estimator import check_num_samples
from keras_addons.losses.estimators.gradient_estimator import compute_costs
from keras_addons.losses.estimators.gradient_estimator import repeat_logits
from keras_addons.ops.gumbel import sample_categorical

BASELINES = ("leave_one_out", "optimal")


@keras.saving.register_keras_serializable(package="keras_addons")
class Reinforce(GradientEstimator):
    """REINFORCE: score-function estimator (policy gradient) with a baseline.

    The gradient is the mean of `(f(z) - b) * grad log p(z)` over samples `z`;
    the value is the mean cost. `f` need not be differentiable: it may be a
    metric of a whole text. The estimate is unbiased for every baseline `b`,
    which reduces the variance: a constant near `E f`; "leave_one_out", the
    mean cost of the other samples of the row; or "optimal", that mean
    weighted by the squared norms of `s = grad log p(z)`, an estimate of
    `E[f |s|^2] / E[|s|^2]`. The gradient of `f` with respect to weights that
    it uses is passed on.

    Args:
        baseline: float, "leave_one_out" or "optimal". Defaults to
            "leave_one_out".
        num_samples: positive int, the number of samples for each row; at
            least 2 unless the baseline is a float. Defaults to 4.

    Call arguments and result: see `GradientEstimator`.

    Raises:
        ValueError: `baseline` is another string, or `num_samples` too small.

    Example:

    >>> def cost(y_true, z):  # not differentiable
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
        logits = repeat_logits(logits, self.num_samples)
        choices = sample_categorical(ops.stop_gradient(logits), seed)
        samples = ops.one_hot(choices, logits.shape[-1], dtype="float32")
        costs = compute_costs(function, y_true, samples)
        scores = log_probabilities(samples, ops.log_softmax(logits))
        advantages = costs - self.baselines(costs, samples, logits)
        # Value 0, and the gradient of the scores.
        scores = scores - ops.stop_gradient(scores)
        return ops.mean(costs + ops.stop_gradient(advantages) * scores, axis=0)

    def baselines(self, costs, samples, logits):
        """The baseline: a number, or a tensor like `costs`."""
        if self.baseline == "leave_one_out":
            return mean_of_others(costs, ops.ones_like(costs))
        if self.baseline == "optimal":
            scores = samples - ops.softmax(logits)
            axes = tuple(range(2, len(scores.shape)))
            return mean_of_others(costs, ops.sum(scores**2, axis=axes))
        return self.baseline


def mean_of_others(costs, weights):
    """For each sample, the weighted mean over all other samples."""
    products = weights * costs
    return ops.divide_no_nan(
        ops.sum(products, axis=0) - products,
        ops.sum(weights, axis=0) - weights,
    )
