"""The abstract base of wrappers that revise the step of another optimizer."""

import abc
import re

from keras import ops

from keras_addons.optimizers.exponential_moving_average import (
    check_no_average_inside,
)
from keras_addons.optimizers.nesting import chain
from keras_addons.optimizers.wrapper import OptimizerWrapper


class StepRevision(OptimizerWrapper):
    """Base class: sees each weight before and after the inner step.

    The inner optimizer steps; then `weight = revise(weight before, weight
    after, learning rate)` for every variable that `concerns` names, in each
    call in which the inner optimizer made an update. So the rule works with
    every inner optimizer. Costs one copy of the weights during the step and
    a pass over them. Constraints act on the revised weight.

    Raises:
        ValueError: if the inner optimizer averages weights (`use_ema` or
            `ExponentialMovingAverage`): its average would be of weights that
            were never the model's.
    """

    def __init__(self, inner_optimizer, name=None):
        super().__init__(inner_optimizer, name=name)
        check_no_average_inside(self)
        for inner in chain(self.inner_optimizer):
            if inner.use_ema:
                raise ValueError(
                    f"`use_ema` of '{inner.name}' would average the weights "
                    f"before {type(self).__name__} revises them. Put "
                    "ExponentialMovingAverage around it instead."
                )

    def concerns(self, path):
        """Whether the variable of this path is revised."""
        return True

    @abc.abstractmethod
    def revise(self, path, before, after, learning_rate):
        """Returns the weight to end at, a tensor like `before`."""

    def update(self, gradients, variables):
        revised = [
            (variable, ops.copy(variable))
            for gradient, variable in zip(gradients, variables)
            if gradient is not None
            and not variable.overwrite_with_gradient
            and self.concerns(variable.path)
        ]
        learning_rate = ops.copy(self.learning_rate)
        iterations = ops.copy(self.iterations)
        self.inner_optimizer.apply(gradients, variables)
        has_updated = ops.not_equal(self.iterations, iterations)
        for variable, before in revised:
            after = ops.convert_to_tensor(variable)
            rate = ops.cast(learning_rate, after.dtype)
            weight = self.revise(variable.path, before, after, rate)
            if variable.constraint is not None:
                weight = variable.constraint(weight)
            variable.assign(ops.where(has_updated, weight, after))


def check_patterns(argument, patterns, variables):
    """Raises ValueError for a pattern that no path of a variable matches."""
    paths = [variable.path for variable in variables]
    for pattern in patterns:
        if not any(re.search(pattern, path) for path in paths):
            raise ValueError(
                f"`{argument}`: the pattern {pattern!r} matches none of the "
                f"variables {paths}"
            )


def matches_any(patterns, path):
    return any(re.search(pattern, path) for pattern in patterns)
