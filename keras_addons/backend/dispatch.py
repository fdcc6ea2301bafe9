"""Finds the function of the active backend for a declaration of the seam."""

import importlib

import keras

SUPPORTED_BACKENDS = ("tensorflow", "jax", "torch")
ACTIVE_BACKEND = keras.backend.backend()

if ACTIVE_BACKEND not in SUPPORTED_BACKENDS:
    raise ImportError(
        "keras_addons runs on the TensorFlow, JAX and torch backends of "
        f"Keras. Received: KERAS_BACKEND={ACTIVE_BACKEND}"
    )


def of_active_backend(declaration):
    """Decorator: replaces a declaration by what the backend has.

    The declaration has the name, the arguments and the docstring; the function
    or class stands in the file of the same name in the folder of the backend.
    It is returned itself, so that a call costs nothing more.
    """
    package, _, subject = declaration.__module__.rpartition(".")
    module = importlib.import_module(f"{package}.{ACTIVE_BACKEND}.{subject}")
    function = getattr(module, declaration.__name__)
    function.__doc__ = declaration.__doc__
    return function
