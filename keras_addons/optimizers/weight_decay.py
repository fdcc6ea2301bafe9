"""Decoupled weight decay around another optimizer."""

import keras
from keras import ops

from keras_addons.arguments import check_number
from keras_addons.optimizers.bases.patterns import matches_any
from keras_addons.optimizers.bases.patterns import pattern_list
from keras_addons.optimizers.bases.step_revision import StepRevision


@keras.saving.register_keras_serializable(package="keras_addons")
class WeightDecay(StepRevision):
    """Applies decoupled weight decay around another optimizer.

    `w = step(w) - learning_rate * rate * w`, where the `w` that decays is the
    weight before the step. Excluded weights are chosen by patterns, which are
    saved with the optimizer. Memory: one copy of the weights during a step.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        rate: float >= 0, multiplied by the learning rate. Defaults to 0.01.
        exclude: regular expression, or a list of them, searched in
            `variable.path`; matching weights do not decay. For biases and
            normalizations: `["bias$", "gamma$", "beta$"]`. Defaults to none.
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
