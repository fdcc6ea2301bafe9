"""Finds the implementation of a declared function for the active backend."""

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
    """Decorator: replaces a declaration by the backend's implementation.

    The declaration states the name, the arguments and the docstring. The
    implementation is the function or class of that name in the file of the
    same name in the backend's folder. The implementation itself is returned,
    so that calls have no overhead.
    """
    package, _, subject = declaration.__module__.rpartition(".")
    module = importlib.import_module(f"{package}.{ACTIVE_BACKEND}.{subject}")
    function = getattr(module, declaration.__name__)
    function.__doc__ = declaration.__doc__
    return function
