"""Gradients of a function of arrays, on the backend that runs."""

from contextlib import nullcontext

import keras
import numpy as np


def value_and_gradients(function, *arrays, jit_compile=False):
    """Returns `function(*arrays)`, a scalar, and a gradient for each array.

    `jit_compile` traces the function, on TensorFlow with XLA; torch ignores
    it.
    """
    arrays = [keras.ops.convert_to_tensor(array) for array in arrays]
    by_backend = {"tensorflow": tensorflow, "jax": jax, "torch": torch}
    compute = by_backend[keras.backend.backend()]
    value, gradients = compute(function, arrays, jit_compile)
    return as_float32(value), [as_float32(each) for each in gradients]


def without_gradients():
    """The context of `predict`, where torch records nothing."""
    if keras.backend.backend() != "torch":
        return nullcontext()
    import torch

    return torch.no_grad()


def as_float32(tensor):
    tensor = keras.ops.cast(tensor, "float32")
    return np.array(keras.ops.convert_to_numpy(tensor))


def tensorflow(function, arrays, jit_compile):
    import tensorflow as tf

    def compute(arrays):
        with tf.GradientTape() as tape:
            tape.watch(arrays)
            value = function(*arrays)
        return value, tape.gradient(value, arrays)

    if jit_compile:
        compute = tf.function(compute, jit_compile=True)
    return compute(arrays)


def jax(function, arrays, jit_compile):
    import jax

    places = tuple(range(len(arrays)))
    compute = jax.value_and_grad(function, argnums=places)
    return (jax.jit(compute) if jit_compile else compute)(*arrays)


def torch(function, arrays, jit_compile):
    arrays = [each.detach().clone().requires_grad_() for each in arrays]
    value = function(*arrays)
    value.backward()
    return value.detach(), [each.grad for each in arrays]
