"""TensorFlow: sums of squares without a tensor of all squares.

Allocating a tensor of tens of megabytes takes memory and, since the system
maps its pages one by one, more time than the arithmetic.
"""

import math

import tensorflow as tf

BLOCK_SIZE = 2**20  # elements; a loop is faster from four blocks on


def mean_square(tensor):
    return 2 * tf.nn.l2_loss(tensor) / math.prod(tensor.shape)


def products_with_squares(matrix):
    if math.prod(matrix.shape) > 4 * BLOCK_SIZE:
        return lambda column, row=None: blockwise_products(matrix, column, row)
    squares = tf.square(matrix)

    def products(column, row=None):
        right = tf.matmul(squares, column)
        return right, None if row is None else tf.matmul(row, squares)

    return products


def blockwise_products(matrix, column, row):
    """Computes both products block of rows by block of rows."""
    num_rows, num_columns = matrix.shape
    num_block_rows = max(1, BLOCK_SIZE // num_columns)
    num_blocks = num_rows // num_block_rows

    def products_of(start, size):
        squares = tf.square(tf.slice(matrix, [start, 0], [size, num_columns]))
        right = tf.matmul(squares, column)
        if row is None:
            return right, tf.zeros((1, 1), matrix.dtype)
        weights = tf.slice(row, [0, start], [1, size])
        return right, tf.matmul(weights, squares)

    def add_block(i, rights, left):
        right, more = products_of(i * num_block_rows, num_block_rows)
        return i + 1, rights.write(i, right), left + more

    rest = num_rows - num_blocks * num_block_rows
    last, left = products_of(num_rows - rest, rest)
    rights = tf.TensorArray(
        matrix.dtype, num_blocks, element_shape=(num_block_rows, 1)
    )
    _, rights, left = tf.while_loop(
        lambda i, *_: i < num_blocks,
        add_block,
        (0, rights, left),
        parallel_iterations=1,  # the squares of one block in memory
    )
    right = tf.concat([tf.reshape(rights.stack(), (-1, 1)), last], axis=0)
    right = tf.ensure_shape(right, (num_rows, 1))
    return right, None if row is None else left
