"""Declares: sums of squares without a tensor of all squares."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def mean_square(tensor):
    """Returns the mean of the squares of all elements, a scalar.

    TensorFlow and XLA compute it without a tensor of squares.
    """


@of_active_backend
def products_with_squares(matrix):
    """Returns a function that multiplies the squares of a matrix by vectors.

    Block by block on TensorFlow for large matrices and on JAX on a CPU.

    Returns:
        function of a column (num_columns, 1) and a row (1, num_rows) or None.
        The function returns `squares @ column`, and `row @ squares` or None.
    """
