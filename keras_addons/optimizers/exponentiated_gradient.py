"""Exponentiated gradient descent: multiplicative updates."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number


@keras.saving.register_keras_serializable(package="keras_addons")
class ExponentiatedGradient(keras.optimizers.Optimizer):
    """Exponentiated gradient descent: multiplicative updates.

    For a gradient `g` of a weight `w`:

        w = w * exp(-learning_rate * sign(w) * g)

    which is `w * exp(-learning_rate * g)` for `w > 0`. Steps are relative to
    the weight, so small weights take small steps and sparse solutions are
    found fast. A step can be large: bound it with `clipvalue`. Memory: no
    state; the step is computed in float32 also for 16-bit weights.

    Weights never change their sign, and `sign(w)` makes negative weights
    descend too. A weight that is 0, or underflows to 0, stays 0: initialize
    biases above 0. An infinite gradient makes a weight zero or infinite
    permanently: where gradients can overflow, put `LossScaleOptimizer` or
    `SkipNonFinite` around this optimizer.

    On the simplex, give the variable a constraint that divides it by its sum.
    Keras applies it after the step; the result is the normalized
    exponentiated gradient, `w = softmax(log(w) - learning_rate * g)`.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule`, or a function
            without arguments. Defaults to 0.01.
        **kwargs: arguments of every Keras optimizer: `weight_decay`,
            `clipvalue`, `name` and so on.

    Raises:
        ValueError: if the learning rate is not a number >= 0.

    Example:

    >>> weight = keras.Variable([1.0, 2.0, 0.0])
    >>> gradient = keras.ops.log(keras.ops.array([2.0, 0.5, 2.0]))
    >>> ExponentiatedGradient(learning_rate=1.0).apply([gradient], [weight])
    >>> [round(value, 3) for value in weight.numpy().tolist()]
    [0.5, 4.0, 0.0]

    Reference:
        https://kexue.fm/archives/8968; Kivinen and Warmuth, Exponentiated
        gradient versus gradient descent for linear predictors, 1997.
    """

    def __init__(self, learning_rate=0.01, **kwargs):
        if not callable(learning_rate):
            check_number("learning_rate", learning_rate, 0)
            learning_rate = float(learning_rate)
        super().__init__(learning_rate, **kwargs)

    def build(self, variables):
        backend.raise_if_strategy_unsupported(self, variables)
        super().build(variables)

    def update_step(self, gradient, variable, learning_rate):
        dtype = keras.backend.standardize_dtype(variable.dtype)
        dtype = keras.backend.result_type(dtype, "float32")
        gradient = ops.cast(backend.to_dense(gradient, variable.shape), dtype)
        weight = ops.stop_gradient(ops.cast(variable, dtype))
        exponent = -ops.cast(learning_rate, dtype) * ops.sign(weight) * gradient
        self.assign(variable, weight * ops.exp(exponent))
