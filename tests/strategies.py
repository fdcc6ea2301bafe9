"""The one strategy of tf.distribute that a test process may make."""

import functools

import tensorflow as tf


@functools.cache
def mirrored_strategy():
    """Two replicas; collectives of a second one would be taken for its."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
