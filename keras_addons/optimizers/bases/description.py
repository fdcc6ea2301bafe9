"""The rules that an optimizer applies to one variable."""

from typing import NamedTuple

import keras

from keras_addons.keras_internals import group_of
from keras_addons.keras_internals import is_excluded_from_decay


class Description(NamedTuple):
    """The rules for one variable, as printed by `describe`."""

    rate: float = 1.0  # the factor of the learning rate
    decay: float = 0.0  # `d` of `w - learning_rate * d * w`
    is_adapted: bool = False  # whether the step is scaled by norms
    is_by_rows: bool = False  # whether rows without a gradient stay


def description_of(optimizer, variable):
    """Collects the rules of an optimizer and its inner ones for a variable.

    Optimizers of this package have a method `description(variable, inside)`,
    where `inside` is the description by the inner optimizer.
    """
    if isinstance(optimizer, keras.optimizers.MultiOptimizer):
        return description_of(group_of(optimizer, variable), variable)
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
    """The rules of a Keras optimizer: its weight decay, and LAMB."""
    decay = optimizer.weight_decay
    if not decay or is_excluded_from_decay(optimizer, variable):
        decay = 0.0
    is_adapted = isinstance(optimizer, keras.optimizers.Lamb)
    return Description(decay=decay, is_adapted=is_adapted)
