"""Step size adaptation: gradient descent that learns its step sizes."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.optimizers.bases.state import add_state


@keras.saving.register_keras_serializable(package="keras_addons")
class StepSizeAdaptation(keras.optimizers.Optimizer):
    """Gradient descent with a step size per weight that is learned meanwhile.

    With `nu = 1` and `previous = 0` at first, for a gradient `g` of `w`:

        nu = nu * exp(adaptation_rate * previous * g)
        w  = w - learning_rate * nu * g
        previous = g

    Where successive gradients agree in sign the steps grow, where they
    alternate the steps shrink: `nu` follows its own exponentiated gradient,
    since `d loss(w_t) / d nu` is proportional to `-previous * g`. That
    derivative is the one of plain gradient descent, so this is an optimizer
    and no wrapper: Adam, for one, divides by the size of what it is given and
    would undo `nu`.

    `nu` is unbounded and its exponent has the unit of a squared gradient: if
    it runs away, lower `adaptation_rate`, set `clipvalue`, or take `EGDD`,
    which bounds it, uses signs alone, and has momentum.

    Costs two copies of each weight, `log(nu)` and the last gradient, in
    float32 also for weights of less precision. The logarithm is stored
    because a `nu` that underflowed to zero could never grow again. A gradient
    that is not finite stays in the state; `LossScaleOptimizer` skips it.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule`, or a function
            without arguments.
        adaptation_rate: float >= 0, how fast the steps adapt; 0 is gradient
            descent. Its size goes with one over the squared gradient; the
            source names no value.
        **kwargs: of every Keras optimizer: `weight_decay`, `clipvalue`,
            `name` and so on.

    Raises:
        ValueError: if an argument is not a number >= 0.

    Example: gradients that agree, where `exp(adaptation_rate)` is 2.

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
        index = self._get_variable_index(variable)
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
