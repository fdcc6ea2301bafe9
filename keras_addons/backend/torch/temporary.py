"""torch: variables that have a value only during a step."""

import keras


class Temporary(keras.Variable):
    def __init__(self, read, **arguments):
        super().__init__("zeros", **arguments)
        # Keras calls this for the value of a variable without a value.
        self._initializer = lambda shape, dtype: read()

    def _initialize_with_initializer(self, initializer):
        self._value = None

    def hold(self, value):
        # Keras' optimizers assign in place: the tensor is this variable's own.
        self._value = value.detach()

    def release(self):
        self._value = None

    def assign(self, value):
        if self._value is None:
            raise RuntimeError(f"{self.path} can be assigned in a step only.")
        return super().assign(value)
