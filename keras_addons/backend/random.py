"""Seam: random bits for rounding."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def random_16_bits(shape, generator, after):
    """Returns uniform integers in [0, 2 ** 16), as an int32 tensor.

    JAX hashes the place and the seed in the loop that uses the bits, which
    takes no memory; elsewhere they are those of `keras.random.randint`.

    Args:
        shape: tuple, of the result.
        generator: `keras.random.SeedGenerator`, which is moved on.
        after: tensor. TensorFlow draws when it is there: a graph would begin
            with the bits for all weights, and hold them.
    """
