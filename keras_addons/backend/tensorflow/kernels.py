"""TensorFlow: loops without parallel iterations, recomputed derivatives."""

import keras
import tensorflow as tf


def complex_rotation(angles, dtype):
    """Returns None: a view of floats as complex numbers has no gradient."""


def computed_once(table):
    return table


def cumulative_logsumexp(tensor):
    return tf.math.cumulative_logsumexp(tensor, axis=-1)


def fused_attention(query, key, value, mask):
    """Returns None: TensorFlow has no such operation."""


def reshape(tensor, shape):
    return tf.reshape(tensor, shape)


def while_loop(condition, body, values):
    return tf.while_loop(condition, body, values, parallel_iterations=1)


def with_derivative(function, derivative):

    @tf.custom_gradient
    def compute(x):
        return function(x), lambda upstream: upstream * derivative(x)

    return compute


def write_slice(tensor, axis, start, values):
    starts = [0] * len(tensor.shape)
    starts[axis] = start
    return keras.ops.slice_update(tensor, starts, values)
