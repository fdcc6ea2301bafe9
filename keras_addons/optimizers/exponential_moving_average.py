"""Exponential moving average of the weights, kept beside the weights."""

import contextlib
import math

import keras
import numpy as np
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.keras_internals import state_of
from keras_addons.keras_internals import weights_of
from keras_addons.optimizers.bases.state import add_state
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


@keras.saving.register_keras_serializable(package="keras_addons")
class ExponentialMovingAverage(OptimizerWrapper):
    """Keeps an exponential moving average of the weights.

    After update `t` (counted from 1), with a sum that starts at zero:

        sum     = momentum * sum + (1 - momentum) * w
        average = sum / (1 - momentum ** t)

    `fit` trains `w`, and the model holds `w` afterwards. To evaluate, predict
    or save with the averages, put them into the model: within
    `averaged_weights()`, between `assign_averages()` and `restore_weights()`,
    or in every evaluation with `callbacks.EvaluateWithAverages()`. Before the
    first update the averages are the weights.

    While the averages are in the model, `w` is stored in their place in the
    optimizer state, also in files saved meanwhile. A training step always
    starts from `w`: if the averages are still in the model, after Ctrl-C in
    an evaluation or from such a file, the step first puts `w` back. Weights
    that were set meanwhile (`set_weights`) are kept instead of `w`.

    Memory: one float32 copy of the weights (float64 for float64 weights), and
    a second copy of 16-bit weights.

    Put it outside of wrappers that change weights after the inner step:
    `ExponentialMovingAverage(Lookahead(...))`.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        momentum: float in [0, 1), the decay of the average. Defaults to
            0.999.
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
        https://kexue.fm/archives/6575, https://kexue.fm/archives/7094
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
        # Variables with `overwrite_with_gradient` have no average: None.
        self._averages = [
            add_state(self, variable, "average") for variable in variables
        ]
        self._raw_weights = list(map(self._add_raw, variables, self._averages))
        # Checksums of the averages that are in the model; 0 while the weights
        # are. The last state, since files of release 0.1.0 lack it.
        self._checksums = self.add_variable(
            (len(self._slots()),),
            dtype="int32",
            aggregation="only_first_replica",
            name="checksums",
        )

    def _add_raw(self, variable, average):
        """Adds a place for a raw weight with fewer bits than its average.

        Other weights swap places with their average.
        """
        if average is None or variable.dtype == average.dtype:
            return None
        return self.add_variable_from_reference(variable, "raw")

    def _slots(self):
        """Triples of a weight, its average, and the place of the raw weight."""
        slots = zip(weights_of(self), self._averages, self._raw_weights)
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
        # Updates the quotient itself, so that no division is needed later.
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
            False before the first update, or if the averages are in the model
            already; else True.
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
        """Puts the weights back that `assign_averages` replaced."""
        try:
            holds_averages = self.built and bool(self._holds_averages())
        except TypeError:
            # On JAX, `fit` calls this after an error too, when the variables
            # have no values. The user must see that error, not this one.
            return
        if holds_averages:
            self._put_back()

    def _put_back(self):
        are_averages = ops.equal(self._checksums_now(), self._checksums)
        for index, (weight, average, place) in enumerate(self._slots()):
            held, raw = value_of(weight), value_of(place)
            weight.assign(ops.where(are_averages[index], raw, held))
            # Weights that were set meanwhile become the average.
            mean = ops.cast(held, average.dtype)
            if place is not average:
                old = value_of(average)
                mean = ops.where(are_averages[index], old, mean)
            average.assign(mean)
        self._checksums.assign(ops.zeros(self._checksums.shape, "int32"))

    def _checksums_now(self):
        """Checksums of the model's weights; 0 if they are not averages."""
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
        """Context in which the weights of the model are the averages.

        For evaluation, prediction or saving.
        """
        has_assigned = self.assign_averages()
        try:
            yield
        finally:
            if has_assigned:
                self.restore_weights()

    def add_missing_state(self, arrays):
        if len(arrays) + 1 == len(state_of(self)):
            arrays = [*arrays, np.zeros(self._checksums.shape, "int32")]
        return arrays

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def newest_share(momentum, count):
    """The weight of the newest of `count` values: `(1-m) / (1-m^count)`."""
    if not momentum:
        return ops.ones(())
    # For momentum near 1, 1 - momentum ** count would lose float32 digits.
    exponent = ops.cast(count, "float32") * math.log(momentum)
    return (1 - momentum) / -ops.expm1(exponent)


def value_of(variable):
    """Copies the present value, which later assignments do not change."""
    return ops.copy(ops.stop_gradient(ops.convert_to_tensor(variable)))


def checksums(variables):
    """The sum of the bits of each variable in float32, an integer but 0."""
    values = [ops.cast(value_of(each), "float32") for each in variables]
    sums = [ops.sum(ops.view(each, "int32")) for each in values]
    return ops.bitwise_or(ops.cast(ops.stack(sums), "int32"), 1)
