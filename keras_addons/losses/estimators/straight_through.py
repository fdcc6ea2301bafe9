"""Straight-through Gumbel-softmax."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_positive
from keras_addons.losses.estimators.gradient_estimator import GradientEstimator
from keras_addons.losses.estimators.gradient_estimator import check_num_samples
from keras_addons.losses.estimators.gradient_estimator import compute_costs
from keras_addons.losses.estimators.gradient_estimator import repeat_logits
from keras_addons.ops.gumbel import gumbel_softmax
from keras_addons.ops.gumbel import straight_through


@keras.saving.register_keras_serializable(package="keras_addons")
class StraightThrough(GradientEstimator):
    """Straight-through Gumbel-softmax: one-hot samples, relaxed gradient.

    The mean of `f(one_hot(argmax(y)))` over samples, with `y =
    softmax((logits + gumbel) / temperature)` in the backward pass. `f` gets
    one-hot vectors and must be differentiable in them. The value is unbiased;
    the gradient is biased.

    Args:
        temperature: positive float. Defaults to 1.
        num_samples: positive int, the number of samples for each row.
            Defaults to 1.

    Call arguments and result: see `GradientEstimator`.

    Raises:
        ValueError: an argument is not positive.

    Example:

    >>> def cost(y_true, z):
    ...     return ops.max(z, axis=-1)
    >>> estimator = StraightThrough(temperature=0.5)
    >>> ops.convert_to_numpy(estimator(cost, ops.zeros((2, 3)), seed=1))
    array([1., 1.], dtype=float32)

    Reference:
        [Bengio et al., 2013](https://arxiv.org/abs/1308.3432),
        [Jang et al., 2016](https://arxiv.org/abs/1611.01144)
    """

    def __init__(self, temperature=1.0, num_samples=1):
        check_positive("temperature", temperature)
        check_num_samples(num_samples)
        self.temperature = temperature
        self.num_samples = num_samples

    def __call__(self, function, logits, y_true=None, seed=None):
        logits = repeat_logits(logits, self.num_samples)
        samples = gumbel_softmax(logits, self.temperature, seed)
        samples = straight_through(samples)
        return ops.mean(compute_costs(function, y_true, samples), axis=0)
