"""Gradient descent with learned step sizes for each weight."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.keras_internals import index_of
from keras_addons.optimizers.bases.state import add_state


@keras.saving.register_keras_serializable(package="keras_addons")
class StepSizeAdaptation(keras.optimizers.Optimizer):
    """Gradient descent with a learned step size for each weight.

    For a gradient `g` of `w`, with initially `nu = 1` and `previous = 0`:

        nu = nu * exp(adaptation_rate * previous * g)
        w  = w - learning_rate * nu * g
        previous = g

    Steps grow where successive gradients have the same sign and shrink where
    the sign alternates. This is exponentiated gradient descent on `nu`, since
    `d loss(w_t) / d nu` is proportional to `-previous * g`. It is an
    optimizer, not a wrapper: an inner Adam would normalize `nu` away.

    `nu` is unbounded, and its exponent has the unit of a squared gradient. If
    it diverges, lower `adaptation_rate`, set `clipvalue`, or take `EGDD`,
    which clips its step sizes, uses signs only, and has momentum.

    Memory: two copies of each weight, `log(nu)` and the last gradient, in
    float32 also for 16-bit weights. The logarithm is stored because a `nu`
    that underflowed to 0 could not grow again. NaN and infinity stay in the
    state; put `LossScaleOptimizer` or `SkipNonFinite` around it.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule`, or a function
            without arguments. Defaults to 0.01.
        adaptation_rate: float >= 0, how fast step sizes adapt; 0 is gradient
            descent. A good value is inversely proportional to the squared
            gradient; the reference names none. Defaults to 0.01.
        **kwargs: arguments of every Keras optimizer: `weight_decay`,
            `clipvalue`, `name` and so on.

    Raises:
        ValueError: if an argument is not a number >= 0.

    Example, where gradients agree and `exp(adaptation_rate)` is 2:

    >>> weight = keras.Variable([0.0])
    >>> optimizer = StepSizeAdaptation(0.1, adaptation_rate=0.693147)
    >>> for _ in range(2):  # steps of 0.1 and 0.2
    ...     optimizer.apply([keras.ops.ones(1)], [weight])
    >>> round(float(weight.numpy()[0]), 4)
    -0.3

    Reference:
        https://kexue.fm/archives/8968, https://arxiv.org/abs/2202.00145
    """

    def __init__(self, learning_rate=0.01, adaptation_rate=0.01, **kwargs):
        if not callable(learning_rate):
            check_number("learning_rate", learning_rate, 0)
            learning_rate = float(learning_rate)
        check_number("adaptation_rate", adaptation_rate, 0)
        super().__init__(learning_rate, **kwargs)
        self.adaptation_rate = adaptation_rate

    def build(self, variables):
        if self.built:
            return
        backend.raise_if_strategy_unsupported(self, variables)
        super().build(variables)
        self._log_step_sizes = []
        self._previous_gradients = []
        for variable in variables:
            self._log_step_sizes.append(
                add_state(self, variable, "log_step_size")
            )
            self._previous_gradients.append(
                add_state(self, variable, "previous_gradient")
            )

    def update_step(self, gradient, variable, learning_rate):
        index = index_of(self, variable)
        log_step_size = self._log_step_sizes[index]
        previous = self._previous_gradients[index]
        dtype = previous.dtype
        gradient = ops.cast(backend.to_dense(gradient, variable.shape), dtype)
        weight = ops.stop_gradient(ops.cast(variable, dtype))
        exponent = log_step_size + self.adaptation_rate * previous * gradient
        step_size = ops.cast(learning_rate, dtype) * ops.exp(exponent)
        self.assign(variable, weight - step_size * gradient)
        self.assign(log_step_size, exponent)
        self.assign(previous, ops.copy(gradient))  # JAX donates buffers

    def get_config(self):
        return {
            **super().get_config(),
            "adaptation_rate": self.adaptation_rate,
        }
