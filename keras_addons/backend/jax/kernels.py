"""JAX: operations written so that XLA computes them well."""

import jax
import keras


def complex_rotation(angles, dtype):
    """Returns None: XLA has no view of floats as complex numbers."""


def computed_once(table):
    # XLA on a CPU fuses even a cosine into the operations that use it. It does
    # not fuse a matrix product. The product with the identity, in the highest
    # precision, is exact.
    ones = jax.numpy.eye(table.shape[-1], dtype=table.dtype)
    return jax.numpy.matmul(table, ones, precision="highest")


def cumulative_logsumexp(tensor):
    return jax.lax.cumlogsumexp(tensor, axis=tensor.ndim - 1)


def fused_attention(query, key, value, mask):
    """Returns None: XLA fuses the operations of attention itself."""


def reshape(tensor, shape):
    return jax.numpy.reshape(tensor, shape)


def while_loop(condition, body, values):
    return keras.ops.while_loop(condition, body, values)


def with_derivative(function, derivative):
    compute = jax.custom_jvp(function)
    compute.defjvps(lambda upstream, answer, x: upstream * derivative(x))
    return compute


def write_slice(tensor, axis, start, values):
    starts = [0] * len(tensor.shape)
    starts[axis] = start
    return keras.ops.slice_update(tensor, starts, values)
