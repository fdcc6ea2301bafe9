"""Declares: random bits for stochastic rounding."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def random_16_bits(shape, generator, after):
    """Draws uniform integers in [0, 2 ** 16), as an int32 tensor.

    JAX hashes the index of each number and the seed, fused into the loop that
    uses the bits, which takes no memory. The other backends use
    `keras.random.randint`.

    Args:
        shape: tuple, shape of the result.
        generator: `keras.random.SeedGenerator`, which is advanced.
        after: tensor. TensorFlow draws after this tensor is computed;
            otherwise a graph would draw the bits of all weights at its start
            and keep them in memory.
    """
