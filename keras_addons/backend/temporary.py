"""Seam: variables whose value exists during a step alone."""

import keras

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
class Temporary(keras.Variable):
    """Base class of variables that have a value from `hold` to `release`.

    In between it is a variable like others, and no part of the state; at
    other times it cannot be assigned, and reads what `read` returns.

    Args:
        read: function of nothing that returns a tensor.
        **arguments: as of `keras.Variable`: shape, dtype, name and the like.
    """

    def __init__(self, read, **arguments):
        """Takes no memory for a value."""

    def hold(self, value):
        """Gives it a value, a tensor of this step."""

    def release(self):
        """Forgets the value."""
