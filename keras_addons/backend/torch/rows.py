"""torch: rows of embedding tables; gradients of Keras layers are dense."""

import torch


def gather_rows(variable, indices):
    return torch.nn.functional.embedding(indices, variable.value)


def is_sparse(gradient):
    return False


def stored_values(gradient):
    return gradient


def to_dense(gradient, shape):
    return gradient


def accumulate(total, gradient):
    with torch.no_grad():
        total.value.add_(gradient)


def combine_rows(gradient):
    return gradient


class SparseRows:
    """The rows of a dense gradient that are not zero."""

    def __init__(self, gradient):
        touched = (gradient != 0).flatten(1).any(1)
        self._indices = touched.nonzero()[:, 0]
        self.gradient = gradient[self._indices]

    def read(self, variable):
        return variable.value[self._indices]

    def write(self, variable, value):
        with torch.no_grad():
            variable.value[self._indices] = value


def sparse_rows(gradient):
    return SparseRows(gradient)
