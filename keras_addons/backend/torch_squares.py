"""Sums of squares on torch."""

import torch


def mean_square(tensor):
    """The mean of all squares."""
    return torch.mean(torch.square(tensor))


def products_with_squares(matrix):
    """Products of the squares of a matrix with a column and with a row.

    Returns:
        function of the column (num_columns, 1) and, or None, of the row
        (1, num_rows); it returns both products, or one and None.
    """
    squares = torch.square(matrix)

    def products(column, row=None):
        right = torch.matmul(squares, column)
        return right, None if row is None else torch.matmul(row, squares)

    return products
