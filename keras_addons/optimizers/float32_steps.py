"""The abstract base of wrappers that step in float32 on 16-bit weights."""

import abc
from collections import UserList

from keras import ops

from keras_addons.optimizers.exponential_moving_average import (
    ExponentialMovingAverage,
)
from keras_addons.optimizers.master import needs_master
from keras_addons.optimizers.nesting import chain
from keras_addons.optimizers.wrapper import OptimizerWrapper


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

    def __init__(self, inner_optimizer, name=None):
        super().__init__(inner_optimizer, name=name)
        own = type(self).__name__
        for inner in chain(self.inner_optimizer):
            if inner.use_ema or isinstance(inner, ExponentialMovingAverage):
                raise ValueError(
                    "`inner_optimizer` would average float32 weights, which "
                    "are not the weights of the model. Write "
                    f"ExponentialMovingAverage({own}(...)) instead. "
                    f"Received: '{inner.name}'"
                )
            if isinstance(inner, Float32Steps):
                raise ValueError(
                    f"`inner_optimizer` steps in float32 already. Take {own} "
                    f"or {type(inner).__name__}, not both. "
                    f"Received: '{inner.name}'"
                )

    def build(self, variables):
        if self.built:
            return
        variables = list(variables)
        # None belongs to a variable that is its own master. Not a list, whose
        # variables Keras would take for state.
        self._masters = UserList(
            [
                self.new_master(each) if needs_master(each) else None
                for each in variables
            ]
        )
        self._build_inner_optimizer(
            [
                variable if master is None else master
                for variable, master in zip(variables, self._masters)
            ]
        )
        super().build(variables)
        for inner in chain(self.inner_optimizer):
            self._exclude_masters_from_weight_decay(inner)

    @abc.abstractmethod
    def new_master(self, weight):
        """Makes the stand-in of a weight."""

    @abc.abstractmethod
    def read_weights(self):
        """Gives the masters the values to step from."""

    @abc.abstractmethod
    def write_weights(self):
        """Rounds the masters into the weights."""

    def _exclude_masters_from_weight_decay(self, inner):
        # `exclude_from_weight_decay` was told of the weights, by their key.
        excluded = getattr(inner, "_exclude_from_weight_decay", set())
        excluded.update(
            [
                inner._var_key(master)
                for master, weight in self._pairs()
                if inner._var_key(weight) in excluded
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


def check_no_rounding_inside(wrapper):
    """Raises ValueError for a wrapper that would move rounded weights."""
    for inner in chain(wrapper.inner_optimizer):
        if isinstance(inner, Float32Steps):
            name, rounding = type(wrapper).__name__, type(inner).__name__
            raise ValueError(
                f"`inner_optimizer` would round the weights before {name} "
                f"changes them. Write {rounding}({name}(...)) instead. "
                f"Received: '{inner.name}'"
            )
