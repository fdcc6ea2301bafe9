"""torch: variables whose value exists during a step alone."""

import keras


class Temporary(keras.Variable):
    """Base class of variables that have a value from `hold` to `release`.

    In between it is a variable like others, and no part of the state; at
    other times it cannot be assigned, and reads what `read` returns.

    Args:
        read: function of nothing that returns a tensor.
        **arguments: as of `keras.Variable`: shape, dtype, name and the like.
    """

    def __init__(self, read, **arguments):
        super().__init__("zeros", **arguments)
        # Keras calls it for the value of a variable that has none yet.
        self._initializer = lambda shape, dtype: read()

    def _initialize_with_initializer(self, initializer):
        self._value = None

    def hold(self, value):
        # Keras' optimizers step in place, so the tensor is this variable's.
        self._value = value.detach()

    def release(self):
        self._value = None

    def assign(self, value):
        if self._value is None:
            raise RuntimeError(f"{self.path} can be assigned in a step only.")
        return super().assign(value)
