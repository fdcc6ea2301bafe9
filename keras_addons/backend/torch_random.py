"""torch: random bits."""

import keras


def random_16_bits(shape, generator, after):
    """Uniform integers in [0, 2 ** 16), as int32: one for each weight.

    Args:
        shape: tuple of the number of weights in each direction.
        generator: a `keras.random.SeedGenerator`, which is moved on.
        after: tensor; other backends draw when it is there.
    """
    return keras.random.randint(shape, 0, 2**16, "int32", generator)
