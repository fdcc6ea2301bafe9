"""What the rules of an optimizer make of one variable."""

from typing import NamedTuple

import keras


class Description(NamedTuple):
    """The rules that concern a variable; `describe` prints them."""

    rate: float = 1.0  # a factor of the learning rate
    decay: float = 0.0  # `d` of `w - learning_rate * d * w`
    is_adapted: bool = False  # the step is scaled by norms
    is_by_rows: bool = False  # rows without a gradient stay


def description_of(optimizer, variable):
    """The rules of an optimizer and of all inside of it, for a variable.

    Ours answer by a method `description(variable, inside)`, where `inside` is
    the description by the optimizer inside.
    """
    if isinstance(optimizer, keras.optimizers.MultiOptimizer):
        return description_of(optimizer._optimizer_map(variable), variable)
    if not hasattr(optimizer, "inner_optimizer"):
        inside = description_of_keras(optimizer, variable)
    else:
        stepped_on = variable
        if optimizer.built and hasattr(optimizer, "stand_ins"):
            (stepped_on,) = optimizer.stand_ins([variable])
        inside = description_of(optimizer.inner_optimizer, stepped_on)
    if hasattr(optimizer, "description"):
        return optimizer.description(variable, inside)
    return inside


def description_of_keras(optimizer, variable):
    """The rules that every optimizer of Keras has by its arguments."""
    decay = optimizer.weight_decay
    if not decay or is_excluded_from_decay(optimizer, variable):
        decay = 0.0
    is_adapted = isinstance(optimizer, keras.optimizers.Lamb)
    return Description(decay=decay, is_adapted=is_adapted)


def is_excluded_from_decay(optimizer, variable):
    if hasattr(optimizer, "_is_excluded_from_weight_decay"):
        # Since Keras 3.16, where the other needs an optimizer that is built.
        return optimizer._is_excluded_from_weight_decay(variable)
    return not optimizer._use_weight_decay(variable)
