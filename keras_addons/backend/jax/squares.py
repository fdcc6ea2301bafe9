"""JAX: sums of squares, block by block on a CPU."""

import jax


def mean_square(tensor):
    squares = jax.numpy.square(tensor)
    if squares.ndim > 1:
        # XLA vectorizes a sum over one axis, but not a sum over all axes.
        squares = jax.numpy.mean(squares, axis=-1)
    return jax.numpy.mean(squares)


def products_with_squares(matrix):
    # On a CPU in blocks of 128 rows, which stay in the cache. Otherwise XLA
    # computes the squares of all weights first, as they depend on nothing
    # else, and keeps all in memory.
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
