"""The abstract base of wrappers that step in float32 on 16-bit weights."""

import abc
from collections import UserList

from keras import ops

from keras_addons.optimizers.bases.nesting import chain
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper
from keras_addons.optimizers.low_precision.master import needs_master


class Float32Steps(OptimizerWrapper):
    """Base class: the inner optimizer steps on float32 stand-ins of weights.

    It is built on them, so that its slots are float32, and is given the
    gradients in float32. A subclass makes the stand-ins (`new_master`), gives
    them the values of the weights before a step (`read_weights`) and rounds
    them into the weights after it (`write_weights`). Weights of float32 and
    float64, and those with `overwrite_with_gradient`, have none.

    Raises:
        ValueError: if the inner optimizer averages weights (`use_ema` or
            `ExponentialMovingAverage`), or rounds them itself.
    """

    rounds_weights = True

    def create_stand_ins(self, variables):
        # None belongs to a variable that is its own master. Not a list, whose
        # variables Keras would take for state.
        self._masters = UserList(
            [
                self.new_master(each) if needs_master(each) else None
                for each in variables
            ]
        )
        for inner in chain(self.inner_optimizer):
            self._exclude_masters_from_weight_decay(inner, variables)
        return [
            variable if master is None else master
            for variable, master in zip(variables, self._masters)
        ]

    @abc.abstractmethod
    def new_master(self, weight):
        """Makes the stand-in of a weight."""

    @abc.abstractmethod
    def read_weights(self):
        """Gives the masters the values to step from."""

    @abc.abstractmethod
    def write_weights(self):
        """Rounds the masters into the weights."""

    def _exclude_masters_from_weight_decay(self, inner, weights):
        # `exclude_from_weight_decay` was told of the weights, by their key.
        # Since Keras 3.16 an optimizer looks when it is built.
        excluded = getattr(inner, "_exclude_from_weight_decay", set())
        excluded.update(
            [
                inner._var_key(master)
                for master, weight in zip(self._masters, weights)
                if master is not None and inner._var_key(weight) in excluded
            ]
        )

    def stand_ins(self, variables):
        indices = self._trainable_variables_indices
        masters = [
            self._masters[indices[self._var_key(variable)]]
            if self._var_key(variable) in indices
            else None
            for variable in variables
        ]
        return [
            variable if master is None else master
            for variable, master in zip(variables, masters)
        ]

    def update(self, gradients, variables):
        self.read_weights()
        masters = self.stand_ins(variables)
        gradients = [
            gradient if gradient is None else ops.cast(gradient, master.dtype)
            for gradient, master in zip(gradients, masters)
        ]
        self.inner_optimizer.apply(gradients, masters)
        self.write_weights()

    def _pairs(self):
        pairs = zip(self._masters, self._trainable_variables)
        return [pair for pair in pairs if pair[0] is not None]
