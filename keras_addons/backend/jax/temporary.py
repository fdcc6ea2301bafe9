"""JAX: variables that have a value only during a step."""

import keras


class Temporary(keras.Variable):
    is_held = False

    def __init__(self, read, **arguments):
        super().__init__("zeros", **arguments)
        # Keras calls this for the value of a variable without a value.
        self._initializer = lambda shape, dtype: read()

    def _initialize_with_initializer(self, initializer):
        self._value = None

    def hold(self, value):
        self.is_held = True
        self.assign(value)

    def release(self):
        self.is_held = False
        self._value = None

    def assign(self, value):
        if not self.is_held:
            raise RuntimeError(f"{self.path} can be assigned in a step only.")
        return super().assign(value)
