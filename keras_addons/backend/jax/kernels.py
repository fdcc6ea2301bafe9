"""JAX: what XLA is told to compute in another way."""

import jax
import keras


def complex_rotation(angles, dtype):
    """Returns None: XLA has no view of floats as complex numbers."""


def computed_once(table):
    # XLA on a CPU fuses even a cosine into what the cosine is broadcast to. A
    # matrix product it does not fuse; with ones, and in the highest precision,
    # it is exact.
    ones = jax.numpy.eye(table.shape[-1], dtype=table.dtype)
    return jax.numpy.matmul(table, ones, precision="highest")


def fused_attention(query, key, value, mask):
    """Returns None: XLA fuses what it can."""


def products_with_squares(matrix):
    # On a CPU in blocks of 128 rows, else XLA holds the squares of all weights
    # at once: it begins with what needs nothing else. Blocks stay in the cache,
    # so it is also faster.

    num_rows = matrix.shape[0]
    block_size = 128 if jax.default_backend() == "cpu" else num_rows

    def products(column, row=None):
        if row is None:
            row = jax.numpy.zeros((1, num_rows), matrix.dtype)
            return blockwise_products(matrix, column, row, block_size)[0], None
        return blockwise_products(matrix, column, row, block_size)

    return products


def blockwise_products(matrix, column, row, block_size):
    def add_block(start, size, right, left):
        squares = jax.numpy.square(slice_rows(matrix, start, size))
        weights = jax.lax.dynamic_slice_in_dim(row, start, size, axis=1)
        right = jax.lax.dynamic_update_slice_in_dim(
            right, squares @ column, start, axis=0
        )
        return right, left + weights @ squares

    slice_rows = jax.lax.dynamic_slice_in_dim
    num_rows, num_columns = matrix.shape
    num_blocks = num_rows // block_size
    values = (
        jax.numpy.zeros((num_rows, 1), matrix.dtype),
        jax.numpy.zeros((1, num_columns), matrix.dtype),
    )
    if num_blocks:
        values = jax.lax.fori_loop(
            0,
            num_blocks,
            lambda i, values: add_block(i * block_size, block_size, *values),
            values,
        )
    rest = num_rows - num_blocks * block_size
    if rest:
        values = add_block(num_rows - rest, rest, *values)
    return values


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
