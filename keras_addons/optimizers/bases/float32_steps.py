"""Abstract base of wrappers that train 16-bit weights in float32."""

import abc
from collections import UserList

from keras import ops

from keras_addons.keras_internals import indices_by_key
from keras_addons.keras_internals import key_of
from keras_addons.keras_internals import keys_without_decay
from keras_addons.keras_internals import weights_of
from keras_addons.optimizers.bases.nesting import chain
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper
from keras_addons.optimizers.low_precision.master import needs_master


class Float32Steps(OptimizerWrapper):
    """Base class of wrappers that train 16-bit weights in float32.

    The inner optimizer is built on float32 stand-ins of the weights, the
    masters, so its slots are float32, and it gets float32 gradients. A
    subclass creates the masters (`new_master`), gives them the values of the
    weights before a step (`read_weights`) and rounds them to the weights
    after the step (`write_weights`). Weights of float32 and float64, and
    variables with `overwrite_with_gradient`, have no master.

    Raises:
        ValueError: if the inner optimizer averages weights (`use_ema` or
            `ExponentialMovingAverage`), or rounds them itself.
    """

    rounds_weights = True

    def create_stand_ins(self, variables):
        # None for variables without a master. Not a list: Keras would track
        # the variables of a list as state.
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
        """Creates the master of a weight."""

    @abc.abstractmethod
    def read_weights(self):
        """Sets the masters to the values before the step."""

    @abc.abstractmethod
    def write_weights(self):
        """Sets the weights to the rounded masters."""

    def _exclude_masters_from_weight_decay(self, inner, weights):
        # `exclude_from_weight_decay` stored the keys of the weights. Keras
        # 3.16 reads them when the optimizer is built.
        excluded = keys_without_decay(inner)
        excluded.update(
            [
                key_of(inner, master)
                for master, weight in zip(self._masters, weights)
                if master is not None and key_of(inner, weight) in excluded
            ]
        )

    def stand_ins(self, variables):
        indices = indices_by_key(self)
        masters = [
            self._masters[indices[key_of(self, variable)]]
            if key_of(self, variable) in indices
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
        pairs = zip(self._masters, weights_of(self))
        return [pair for pair in pairs if pair[0] is not None]
