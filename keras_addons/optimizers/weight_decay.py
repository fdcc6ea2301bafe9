"""Decoupled weight decay by path pattern."""

import keras
from keras import ops

from keras_addons.arguments import check_number
from keras_addons.optimizers.bases.patterns import matches_any
from keras_addons.optimizers.bases.patterns import pattern_list
from keras_addons.optimizers.bases.step_revision import StepRevision


@keras.saving.register_keras_serializable(package="keras_addons")
class WeightDecay(StepRevision):
    """Shrinks weights towards zero, beside the step and not through it.

    `w = step(w) - learning_rate * rate * w`, both on the weight before the
    step and with the current learning rate. Costs one copy of the weights
    during a step.

    Keras' `weight_decay` argument is the same rule; what it excludes is
    matched against `variable.name` ("gamma"), is not stored in the config and
    so is lost by saving. Here patterns see the whole path and are stored.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        rate: float >= 0.
        exclude: regular expression, or list of such, searched in
            `variable.path`; what matches does not decay. Biases and the
            scales of normalizations: `["bias$", "gamma$", "beta$"]`.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if `rate` is negative, a pattern matches no variable, or
            the inner optimizer has `use_ema` or decays weights itself.

    Example:

    >>> weight = keras.Variable([2.0])
    >>> optimizer = WeightDecay(keras.optimizers.SGD(0.1), rate=0.5)
    >>> optimizer.apply([keras.ops.ones(1)], [weight])
    >>> round(float(weight.numpy()[0]), 6)  # 2 - 0.1 * 1 - 0.1 * 0.5 * 2
    1.8

    Reference:
        [Loshchilov and Hutter, 2017](https://arxiv.org/abs/1711.05101);
        https://kexue.fm/archives/7094
    """

    decays_weights = True

    def __init__(self, inner_optimizer, rate=0.01, exclude=(), name=None):
        check_number("rate", rate, 0)
        super().__init__(inner_optimizer, name=name)
        self.rate = rate
        self.exclude = pattern_list("exclude", exclude)

    def patterns(self):
        return {"exclude": self.exclude}

    def concerns(self, path):
        return not matches_any(self.exclude, path)

    def revise(self, path, before, after, learning_rate):
        rate = learning_rate * ops.cast(self.rate, before.dtype)
        return after - rate * before

    def description(self, variable, inside):
        if not self.concerns(self.path(variable)):
            return inside
        return inside._replace(decay=inside.decay + self.rate)

    def get_config(self):
        return {
            **super().get_config(),
            "rate": self.rate,
            "exclude": self.exclude,
        }
