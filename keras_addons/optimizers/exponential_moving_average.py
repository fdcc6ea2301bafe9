"""Exponential moving average: weights that are averaged beside training."""

import contextlib
import math

import keras
from keras import ops

from keras_addons import backend
from keras_addons.optimizers.arguments import check_number
from keras_addons.optimizers.nesting import chain
from keras_addons.optimizers.state import add_state
from keras_addons.optimizers.wrapper import OptimizerWrapper


@keras.saving.register_keras_serializable(package="keras_addons")
class ExponentialMovingAverage(OptimizerWrapper):
    """Averages the weights after each update and leaves them as they are.

    After update `t`, from 1, with a sum that starts at zero:

        sum     = momentum * sum + (1 - momentum) * w
        average = sum / (1 - momentum ** t)

    `fit` trains and ends with `w`. The averages come into the model for as
    long as they are asked for: within `averaged_weights()`, or between
    `assign_averages()` and `restore_weights()`. Until the first update they
    are the weights.

    If that is not needed, take `use_ema` of Keras' optimizers, with
    `keras.callbacks.SwapEMAWeights` for validation. It differs in three ways:
    it starts at the weights of the first step, which stay in the average for
    some `1 / (1 - momentum)` steps, where this one divides by what is there;
    `fit` ends with the averages in place of the weights, so that going on
    means going on from them; and around optimizers that accumulate with
    `gradient_accumulation_steps` it counts micro-batches, not updates.

    Costs one float32 (float64 for float64 weights) copy of the weights, a pass
    over them an update, and a second copy while the averages are assigned.

    To validate with the averages in `fit`, give it the callback

        keras.callbacks.LambdaCallback(
            on_test_begin=lambda logs: optimizer.assign_averages(),
            on_test_end=lambda logs: optimizer.restore_weights(),
        )

    Put it outside of what changes weights after the step of another:
    `ExponentialMovingAverage(Lookahead(...))`.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        momentum: float in [0, 1), how much of the average an update keeps.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if `momentum` is out of its range, or the inner optimizer
            averages weights itself (`use_ema`).

    Example:

    >>> weight = keras.Variable([0.0])
    >>> optimizer = ExponentialMovingAverage(keras.optimizers.SGD(1.0), 0.5)
    >>> for _ in range(2):  # -1, -2: (0.25 * -1 + 0.5 * -2) / 0.75
    ...     optimizer.apply([keras.ops.ones(1)], [weight])
    >>> with optimizer.averaged_weights():
    ...     print(round(float(weight.numpy()[0]), 4))
    -1.6667
    >>> weight.numpy().tolist()
    [-2.0]

    Reference:
        https://kexue.fm/archives/6575, https://kexue.fm/archives/7094;
        `extend_with_exponential_moving_average` of bert4keras.
    """

    def __init__(self, inner_optimizer, momentum=0.999, name=None):
        check_number("momentum", momentum, 0, below=1)
        super().__init__(inner_optimizer, name=name)
        for inner in chain(self.inner_optimizer):
            if inner.use_ema:
                raise ValueError(
                    "`inner_optimizer` must not average weights itself. "
                    f"Received: use_ema=True in '{inner.name}'"
                )
        self.momentum = momentum
        self._raw_weights = None

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._num_averaged = self.add_variable(
            (), dtype="int32", aggregation="only_first_replica", name="count"
        )
        # None belongs to a variable with `overwrite_with_gradient`.
        self._averages = [
            None
            if getattr(variable, "overwrite_with_gradient", False)
            else add_state(self, variable, "average")
            for variable in variables
        ]

    def update(self, gradients, variables):
        before = ops.copy(self.iterations)
        self.inner_optimizer.apply(gradients, variables)
        state = [variable for pair in self._pairs() for variable in pair]
        backend.conditional_update(
            ops.not_equal(self.iterations, before),
            self._average,
            [self._num_averaged, *state],
        )

    def _pairs(self):
        pairs = zip(self._averages, self._trainable_variables)
        return [pair for pair in pairs if pair[0] is not None]

    def _average(self):
        # Of the quotient, not of the sum: it is there when it is asked for.
        self._num_averaged.assign_add(1)
        share = newest_share(self.momentum, self._num_averaged)
        for average, weight in self._pairs():
            change = ops.cast(weight, average.dtype) - average
            average.assign_add(ops.cast(share, average.dtype) * change)

    def assign_averages(self):
        """Puts the averages into the model, until `restore_weights`."""
        is_assigned = self._raw_weights is not None
        if is_assigned or not self.built or not int(self._num_averaged.numpy()):
            return
        self._raw_weights = [
            ops.copy(ops.stop_gradient(weight.value))
            for _, weight in self._pairs()
        ]
        for average, weight in self._pairs():
            weight.assign(ops.copy(average))  # JAX donates buffers

    def restore_weights(self):
        """Puts back the weights that `assign_averages` has replaced."""
        if self._raw_weights is None:
            return
        for raw, (_, weight) in zip(self._raw_weights, self._pairs()):
            weight.assign(raw)
        self._raw_weights = None

    @contextlib.contextmanager
    def averaged_weights(self):
        """A context in which the weights of the model are the averages.

        To evaluate, to predict or to save; training within it is lost.
        """
        self.assign_averages()
        try:
            yield
        finally:
            self.restore_weights()

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def newest_share(momentum, count):
    """How much of an average of `count` is its last: `(1-m) / (1-m^count)`."""
    if not momentum:
        return ops.ones(())
    # Near 1, 1 - momentum ** count would keep few digits of float32.
    exponent = ops.cast(count, "float32") * math.log(momentum)
    return (1 - momentum) / -ops.expm1(exponent)


def check_no_average_inside(wrapper):
    """Raises ValueError for a wrapper that moves weights after the average."""
    for inner in chain(wrapper.inner_optimizer):
        if isinstance(inner, ExponentialMovingAverage):
            name = type(wrapper).__name__
            raise ValueError(
                f"`inner_optimizer` would average the weights before {name} "
                f"changes them. Write ExponentialMovingAverage({name}(...)) "
                f"instead. Received: '{inner.name}'"
            )
