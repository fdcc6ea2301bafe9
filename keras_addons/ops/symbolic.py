"""Functions of tensors that a functional model can call."""

import functools

import keras

PACKAGE = "keras_addons"


@keras.saving.register_keras_serializable(package=PACKAGE)
class FunctionCall(keras.Operation):
    """A function that was called on Keras tensors, as one node of the model.

    Args:
        function: string, the name by which Keras has registered it.
        name: None or string, the name of the node. Defaults to None.
    """

    def __init__(self, function, name=None):
        super().__init__(name=name)
        self.function = function

    def call(self, *arguments, **keywords):
        function = keras.saving.get_registered_object(self.function)
        return function(*arguments, **keywords)

    def get_config(self):
        return {"function": self.function, "name": self.name}


def takes_keras_tensors(function):
    """Decorator: registers a function that also takes Keras tensors.

    For functions with a gradient of their own, or with steps that a backend
    has and `keras.ops` has not: they need values, which a Keras tensor has
    not. In a functional model a call is one node, saved with the arguments.
    """

    @functools.wraps(function)
    def call(*arguments, **keywords):
        for each in (*arguments, *keywords.values()):
            if isinstance(each, keras.KerasTensor):
                node = FunctionCall(f"{PACKAGE}>{function.__name__}")
                return node(*arguments, **keywords)
        return function(*arguments, **keywords)

    return keras.saving.register_keras_serializable(package=PACKAGE)(call)
