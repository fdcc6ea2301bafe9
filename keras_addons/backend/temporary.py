"""Declares: variables that have a value only during a step."""

import keras

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
class Temporary(keras.Variable):
    """A variable that has a value of its own from `hold` to `release`.

    Between the two calls the variable is read and assigned like others. At
    other times reading it returns `read()`, and assigning it is an error. It
    is never part of saved state.

    Args:
        read: function without arguments that returns a tensor.
        **arguments: shape, dtype, name and other arguments of
            `keras.Variable`.
    """

    def __init__(self, read, **arguments):
        """Creates the variable without memory for a value."""

    def hold(self, value):
        """Sets the value, a tensor of this step."""

    def release(self):
        """Drops the value and its memory."""
