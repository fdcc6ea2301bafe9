"""JAX: random bits without a tensor of random bits."""

import math

import jax
from jax import numpy as jnp


def random_16_bits(shape, generator, after):
    # On a CPU `jax.random` runs loops of its own, with 16 bytes a number for
    # all weights at once and five times the time of a step of Adam.
    seed, count = generator.next().astype("uint32")
    first = hashed(seed)
    second = hashed(count ^ first)
    return (hashed(hashed(places(shape) ^ second) + first) >> 16).astype(
        "int32"
    )


def places(shape):
    """Numbers the elements of a shape, also if it is sharded over devices."""
    total = jnp.zeros(shape, "uint32")
    for axis in range(len(shape)):
        stride = math.prod(shape[axis + 1 :]) % 2**32
        iota = jax.lax.broadcasted_iota("uint32", shape, axis)
        total = total + iota * jnp.uint32(stride)
    return total


def hashed(number):
    """Hashes 32-bit integers one to one, by "lowbias32".

    https://nullprogram.com/blog/2018/07/31
    """
    number = (number ^ (number >> 16)) * jnp.uint32(0x7FEB352D)
    number = (number ^ (number >> 15)) * jnp.uint32(0x846CA68B)
    return number ^ (number >> 16)
