"""TensorFlow: random bits, drawn for one weight at a time."""

import keras
import tensorflow as tf


def random_16_bits(shape, generator, after):
    with tf.control_dependencies([after]):
        return keras.random.randint(shape, 0, 2**16, "int32", generator)
