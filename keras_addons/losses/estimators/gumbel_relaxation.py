"""The gradient through samples that are not quite discrete."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_positive
from keras_addons.losses.estimators.gradient_estimator import GradientEstimator
from keras_addons.losses.estimators.gradient_estimator import check_num_samples
from keras_addons.losses.estimators.gradient_estimator import costs_of
from keras_addons.losses.estimators.gradient_estimator import stacked
from keras_addons.ops.gumbel import gumbel_softmax


@keras.saving.register_keras_serializable(package="keras_addons")
class GumbelRelaxation(GradientEstimator):
    """Averages `f(softmax((logits + gumbel) / temperature))`.

    `f` sees vectors of chances and must be differentiable in them. Value and
    gradient are biased: the lower the temperature, the less, and the more
    the gradient varies.

    Args:
        temperature: positive float.
        num_samples: positive int, how often to draw for each row.

    Call arguments and result are those of `GradientEstimator`.

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
        logits = stacked(logits, self.num_samples)
        samples = gumbel_softmax(logits, self.temperature, seed)
        return ops.mean(costs_of(function, y_true, samples), axis=0)
