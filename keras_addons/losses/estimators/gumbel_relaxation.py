"""Gumbel-softmax relaxation of discrete choices."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_positive
from keras_addons.losses.estimators.gradient_estimator import GradientEstimator
from keras_addons.losses.estimators.gradient_estimator import check_num_samples
from keras_addons.losses.estimators.gradient_estimator import compute_costs
from keras_addons.losses.estimators.gradient_estimator import repeat_logits
from keras_addons.ops.gumbel import gumbel_softmax


@keras.saving.register_keras_serializable(package="keras_addons")
class GumbelRelaxation(GradientEstimator):
    """Gumbel-softmax relaxation: differentiates `f` at relaxed samples.

    The mean of `f(softmax((logits + gumbel) / temperature))` over samples.
    `f` gets vectors of probabilities and must be differentiable in them. A
    lower temperature lowers the bias of value and gradient and raises the
    variance of the gradient.

    Args:
        temperature: positive float. Defaults to 1.
        num_samples: positive int, the number of samples for each row.
            Defaults to 1.

    Call arguments and result: see `GradientEstimator`.

    Raises:
        ValueError: an argument is not positive.

    Example:

    >>> def cost(y_true, z):
    ...     return 1.0 - ops.sum(y_true * z, axis=-1)
    >>> estimator = GumbelRelaxation(temperature=0.5, num_samples=8)
    >>> estimator(cost, ops.zeros((1, 3)), ops.eye(3)[:1], seed=1).shape == (1,)
    True

    Reference:
        [Jang et al., 2016](https://arxiv.org/abs/1611.01144),
        https://kexue.fm/archives/6705
    """

    def __init__(self, temperature=1.0, num_samples=1):
        check_positive("temperature", temperature)
        check_num_samples(num_samples)
        self.temperature = temperature
        self.num_samples = num_samples

    def __call__(self, function, logits, y_true=None, seed=None):
        logits = repeat_logits(logits, self.num_samples)
        samples = gumbel_softmax(logits, self.temperature, seed)
        return ops.mean(compute_costs(function, y_true, samples), axis=0)
