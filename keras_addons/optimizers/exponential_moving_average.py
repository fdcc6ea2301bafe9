"""Exponential moving average: weights that are averaged beside training."""

import contextlib
import math

import keras
import numpy as np
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.optimizers.bases.state import add_state
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


@keras.saving.register_keras_serializable(package="keras_addons")
class ExponentialMovingAverage(OptimizerWrapper):
    """Averages the weights after each update and leaves them as they are.

    After update `t`, from 1, with a sum that starts at zero:

        sum     = momentum * sum + (1 - momentum) * w
        average = sum / (1 - momentum ** t)

    `fit` trains and ends with `w`. The averages come into the model for as
    long as they are asked for: within `averaged_weights()`, between
    `assign_averages()` and `restore_weights()`, or in every evaluation by
    `callbacks.EvaluateWithAverages()`. Until the first update they are the
    weights.

    While the averages are in the model, `w` takes their place in the state,
    and so in a file that is saved meanwhile. A step never moves the averages:
    where they are still in the model, after Ctrl-C in an evaluation or from
    such a file, it puts `w` back and moves that. Weights that were set
    meanwhile (`set_weights`) are not replaced by `w`; they stay.

    If that is not needed, take `use_ema` of Keras' optimizers, with
    `keras.callbacks.SwapEMAWeights` for validation. It differs in three ways:
    it starts at the weights of the first step, which stay in the average for
    some `1 / (1 - momentum)` steps, where this one divides by what is there;
    `fit` ends with the averages in place of the weights, so that going on
    means going on from them; and around optimizers that accumulate with
    `gradient_accumulation_steps` it counts micro-batches, not updates.

    Costs one float32 (float64 for float64 weights) copy of the weights, one
    more of weights of less precision, and a pass over them an update.

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

    averages_weights = True

    def __init__(self, inner_optimizer, momentum=0.999, name=None):
        check_number("momentum", momentum, 0, below=1)
        super().__init__(inner_optimizer, name=name)
        self.momentum = momentum

    def create_state(self, variables):
        self._num_averaged = self.add_variable(
            (), dtype="int32", aggregation="only_first_replica", name="count"
        )
        # None belongs to a variable with `overwrite_with_gradient`.
        self._averages = [
            add_state(self, variable, "average") for variable in variables
        ]
        self._raw_weights = list(map(self._add_raw, variables, self._averages))
        # Of the averages in the model; 0 while the weights are there. The
        # last, as files of release 0.1.0 lack it.
        self._checksums = self.add_variable(
            (len(self._slots()),),
            dtype="int32",
            aggregation="only_first_replica",
            name="checksums",
        )

    def _add_raw(self, variable, average):
        """A place for a weight that cannot hold its average to the last bit.

        Others change places with their average.
        """
        if average is None or variable.dtype == average.dtype:
            return None
        return self.add_variable_from_reference(variable, "raw")

    def _slots(self):
        """A triple for each weight: itself, average, place of the weight."""
        slots = zip(
            self._trainable_variables, self._averages, self._raw_weights
        )
        return [
            (weight, average, average if raw is None else raw)
            for weight, average, raw in slots
            if average is not None
        ]

    def update(self, gradients, variables):
        backend.unlikely_update(
            self._holds_averages(), self._put_back, self._state()
        )
        before = ops.copy(self.iterations)
        self.inner_optimizer.apply(gradients, variables)
        backend.conditional_update(
            ops.not_equal(self.iterations, before), self._average, self._state()
        )

    def _state(self):
        slots = {id(each): each for slot in self._slots() for each in slot}
        return [self._num_averaged, self._checksums, *slots.values()]

    def _average(self):
        # Of the quotient, not of the sum: it is there when it is asked for.
        self._num_averaged.assign_add(1)
        share = newest_share(self.momentum, self._num_averaged)
        for weight, average, _ in self._slots():
            change = ops.cast(weight, average.dtype) - average
            average.assign_add(ops.cast(share, average.dtype) * change)

    def _holds_averages(self):
        return ops.any(ops.not_equal(self._checksums, 0))

    def assign_averages(self):
        """Puts the averages into the model, until `restore_weights`.

        Returns:
            Whether it did: not before the first update, nor twice.
        """
        if (
            not self.built
            or not int(self._num_averaged.numpy())
            or bool(self._holds_averages())
        ):
            return False
        for weight, average, place in self._slots():
            held = value_of(weight)
            weight.assign(value_of(average))
            place.assign(held)
        weights = [weight for weight, _, _ in self._slots()]
        self._checksums.assign(checksums(weights))
        return True

    def restore_weights(self):
        """Puts back the weights that `assign_averages` has replaced."""
        try:
            holds_averages = self.built and bool(self._holds_averages())
        except TypeError:
            # `fit` on JAX ends here after an error too, when the variables
            # have no values; that error must reach the user, not this one.
            return
        if holds_averages:
            self._put_back()

    def _put_back(self):
        are_averages = ops.equal(self._checksums_now(), self._checksums)
        for index, (weight, average, place) in enumerate(self._slots()):
            held, raw = value_of(weight), value_of(place)
            weight.assign(ops.where(are_averages[index], raw, held))
            # What was set meanwhile is its own average.
            mean = ops.cast(held, average.dtype)
            if place is not average:
                old = value_of(average)
                mean = ops.where(are_averages[index], old, mean)
            average.assign(mean)
        self._checksums.assign(ops.zeros(self._checksums.shape, "int32"))

    def _checksums_now(self):
        """Of the model's weights, or 0 where they are no averages."""
        weights = [weight for weight, _, _ in self._slots()]
        return ops.cond(
            self._holds_averages(),
            lambda: checksums(weights),
            lambda: ops.zeros(self._checksums.shape, "int32"),
        )

    def finalize_variable_values(self, var_list):
        self.restore_weights()
        super().finalize_variable_values(var_list)

    @contextlib.contextmanager
    def averaged_weights(self):
        """A context in which the weights of the model are the averages.

        To evaluate, to predict or to save.
        """
        has_assigned = self.assign_averages()
        try:
            yield
        finally:
            if has_assigned:
                self.restore_weights()

    def completed(self, arrays):
        if len(arrays) + 1 == len(self._variables):
            arrays = [*arrays, np.zeros(self._checksums.shape, "int32")]
        return arrays

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def newest_share(momentum, count):
    """How much of an average of `count` is its last: `(1-m) / (1-m^count)`."""
    if not momentum:
        return ops.ones(())
    # Near 1, 1 - momentum ** count would keep few digits of float32.
    exponent = ops.cast(count, "float32") * math.log(momentum)
    return (1 - momentum) / -ops.expm1(exponent)


def value_of(variable):
    """The value that a variable has now, whatever it is assigned later."""
    return ops.copy(ops.stop_gradient(ops.convert_to_tensor(variable)))


def checksums(variables):
    """The sum of the bits of each in float32, as an integer but 0."""
    values = [ops.cast(value_of(each), "float32") for each in variables]
    sums = [ops.sum(ops.view(each, "int32")) for each in values]
    return ops.bitwise_or(ops.cast(ops.stack(sums), "int32"), 1)
