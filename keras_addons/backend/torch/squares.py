"""torch: sums of squares."""

import torch


def mean_square(tensor):
    return torch.mean(torch.square(tensor))


def products_with_squares(matrix):
    squares = torch.square(matrix)

    def products(column, row=None):
        right = torch.matmul(squares, column)
        return right, None if row is None else torch.matmul(row, squares)

    return products
