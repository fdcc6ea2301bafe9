"""Adam that accumulates micro-batches in its moments."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.keras_internals import index_of
from keras_addons.optimizers.bases.micro_step import MicroStepOptimizer


@keras.saving.register_keras_serializable(package="keras_addons")
class AccumulatedAdam(MicroStepOptimizer):
    """Adam that accumulates micro-batches in its moments.

    For the `steps` gradients `g_1, ..., g_steps` of update `t` (counted from
    1):

        m, v = beta_1 * m, beta_2 * v             (before the first)
        m = m + (1 - beta_1) / steps * g_i
        v = v + (1 - beta_2) / steps * g_i ** 2
        rate = learning_rate * sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t)
        w = w - learning_rate * weight_decay * w
              - rate * m / (sqrt(v) + epsilon)    (after the last)

    Memory: Adam's two moments (float32; float64 for float64 weights); the
    accumulation itself needs none. With `steps=1` this is
    `keras.optimizers.Adam`, or `AdamW` with `weight_decay`.

    With `steps` above 1 this is not Adam on the mean gradient: `m` is the
    same, but `v` averages the mean of the squares, not the square of the
    mean. If gradients have mean `mu` and standard deviation `s` over
    micro-batches, steps are shorter than Adam's by the factor

        sqrt((mu ** 2 + s ** 2 / steps) / (mu ** 2 + s ** 2))

    between 1, where micro-batches agree, and `1 / sqrt(steps)`, where noise
    dominates: raise the learning rate by up to `sqrt(steps)`.
    `GradientAccumulation` around Adam is exact, needs one more copy of the
    weights, and is faster between updates, because `AccumulatedAdam` computes
    a step for every gradient.

    `iterations`, schedules, `weight_decay`, `use_ema` and the bias correction
    count updates. If `fit` ends within an update, its gradients stay in the
    moments without having moved the weights, and the next `fit` completes the
    update, also after saving and loading. Constraints are applied after every
    gradient.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule` or a function
            without arguments. Defaults to 1e-3.
        beta_1: float in [0, 1), the decay of the first moment. Defaults to
            0.9.
        beta_2: float in [0, 1), the decay of the second moment. Defaults to
            0.999.
        epsilon: float > 0, added to the square root of the second moment.
            Defaults to 1e-7.
        steps: integer >= 1, the number of gradients in an update. Defaults
            to 2.
        **kwargs: arguments of every Keras optimizer: `weight_decay`
            (decoupled: multiplied by the learning rate), `use_ema`, `name`
            and so on.

    Raises:
        ValueError: if an argument is out of its range; for
            `gradient_accumulation_steps`; and, with `steps` above 1, for
            `clipnorm`, `clipvalue`, `global_clipnorm` and
            `ema_overwrite_frequency`, which Keras would apply to every
            gradient instead of once an update.

    Example:

    >>> weight = keras.Variable([1.0])
    >>> optimizer = AccumulatedAdam(0.1, steps=2)
    >>> for gradient in (1.0, 7.0):  # a step of 0.1 * 4 / sqrt(25)
    ...     optimizer.apply([keras.ops.full((1,), gradient)], [weight])
    >>> round(float(weight.numpy()[0]), 4)
    0.92

    Reference:
        https://kexue.fm/archives/8634
    """

    def __init__(
        self,
        learning_rate=1e-3,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        steps=2,
        **kwargs,
    ):
        check_number("beta_1", beta_1, 0, below=1)
        check_number("beta_2", beta_2, 0, below=1)
        check_number("epsilon", epsilon, 0, exclusive=True)
        super().__init__(learning_rate, steps, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._first_moments = self.add_state(variables, "first_moment")
        self._second_moments = self.add_state(variables, "second_moment")

    def update_step(self, gradient, variable, learning_rate):
        index = index_of(self, variable)
        first, second = self._first_moments[index], self._second_moments[index]
        gradient = backend.to_dense(gradient, variable.shape)
        gradient = ops.cast(gradient, first.dtype)
        mean = self.averaged(first, self.beta_1, gradient)
        squares = self.averaged(second, self.beta_2, ops.square(gradient))
        self.assign(first, mean)
        self.assign(second, squares)
        direction = mean / (ops.sqrt(squares) + self.epsilon)
        direction = direction * self._bias_correction(first.dtype)
        step_size = ops.cast(learning_rate, first.dtype)
        self.assign(variable, self.stepped(variable, step_size, direction))

    def _bias_correction(self, dtype):
        update = ops.cast(self.iterations + 1, dtype)
        first = 1 - ops.power(ops.cast(self.beta_1, dtype), update)
        second = 1 - ops.power(ops.cast(self.beta_2, dtype), update)
        return ops.sqrt(second) / first

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
