"""torch: random bits."""

import keras


def random_16_bits(shape, generator, after):
    return keras.random.randint(shape, 0, 2**16, "int32", generator)
