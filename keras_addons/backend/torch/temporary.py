"""torch: variables whose value exists during a step alone."""

import keras


class Temporary(keras.Variable):
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
