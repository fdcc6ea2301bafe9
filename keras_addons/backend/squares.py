"""Seam: sums of squares of a gradient or a weight, in little memory."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def mean_square(tensor):
    """Returns the mean of the squares of all numbers, a scalar.

    TensorFlow and XLA make no second tensor of the size of the first.
    """


@of_active_backend
def products_with_squares(matrix):
    """Products of the squares of a matrix with a column and with a row.

    TensorFlow takes large matrices, and JAX on a CPU all, block by block.

    Returns:
        function of the column (num_columns, 1) and, or None, of the row
        (1, num_rows); it returns both products, or one and None.
    """
