"""SGD with momentum that accumulates micro-batches in the momentum."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.keras_internals import index_of
from keras_addons.optimizers.bases.micro_step import MicroStepOptimizer


@keras.saving.register_keras_serializable(package="keras_addons")
class AccumulatedSGD(MicroStepOptimizer):
    """SGD with momentum that accumulates micro-batches in the momentum.

    For the `steps` gradients `g_1, ..., g_steps` of one update:

        m = momentum * m          (before the first)
        m = m + (1 - momentum) / steps * g_i
        w = w - learning_rate * m (after the last)

    This equals `m = momentum * m + (1 - momentum) * g` with the mean gradient
    `g`: a batch of `steps * batch_size` examples in the memory of
    `batch_size`. Memory: the momentum, one float32 copy of the trainable
    weights (float64 for float64 weights); the accumulation itself needs none.

    `iterations`, schedules, `weight_decay` and `use_ema` count updates. If
    `fit` ends within an update, its gradients stay in the momentum without
    having moved the weights, and the next `fit` completes the update, also
    after saving and loading. Constraints are applied after every gradient.
    As with every accumulation, the loss must be a mean over micro-batches of
    equal size and must not couple examples.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule` or a function
            without arguments. Defaults to 0.01.
        momentum: float in [0, 1), the decay of the momentum; with 0 the step
            is the mean gradient alone. Defaults to 0.9.
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

    >>> weight = keras.Variable([0.0])
    >>> optimizer = AccumulatedSGD(1.0, momentum=0.5, steps=2)
    >>> for gradient in (1.0, 3.0):  # their mean is 2, half of it enters m
    ...     optimizer.apply([keras.ops.full((1,), gradient)], [weight])
    >>> weight.numpy().tolist()
    [-1.0]

    Reference:
        https://kexue.fm/archives/8634
    """

    def __init__(self, learning_rate=0.01, momentum=0.9, steps=2, **kwargs):
        check_number("momentum", momentum, 0, below=1)
        super().__init__(learning_rate, steps, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_state(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        state = self._momentums[index_of(self, variable)]
        gradient = backend.to_dense(gradient, variable.shape)
        gradient = ops.cast(gradient, state.dtype)
        momentum = self.averaged(state, self.momentum, gradient)
        self.assign(state, momentum)
        step_size = ops.cast(learning_rate, state.dtype)
        self.assign(variable, self.stepped(variable, step_size, momentum))

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}
