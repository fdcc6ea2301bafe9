"""TensorFlow: random bits."""

import keras
import tensorflow as tf


def random_16_bits(shape, generator, after):
    """Uniform integers in [0, 2 ** 16), as int32: one for each weight.

    Args:
        shape: tuple of the number of weights in each direction.
        generator: a `keras.random.SeedGenerator`, which is moved on.
        after: tensor. They are drawn when it is there: a graph would begin
            with those of all weights and hold them.
    """
    with tf.control_dependencies([after]):
        return keras.random.randint(shape, 0, 2**16, "int32", generator)
