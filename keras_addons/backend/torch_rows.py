"""torch: rows of tables; the gradients of Keras' layers are dense."""

import torch


def gather_rows(variable, indices):
    """The rows `variable[indices]`."""
    return torch.nn.functional.embedding(indices, variable.value)


def is_sparse(gradient):
    """Whether a gradient names the rows that it has: never here."""
    return False


def stored_values(gradient):
    """The numbers that a gradient holds, which are all of it here."""
    return gradient


def to_dense(gradient, shape):
    """The gradient as one tensor of `shape`, which it is here."""
    return gradient


def accumulate(total, gradient):
    """Adds a gradient to a variable in place."""
    with torch.no_grad():
        total.value.add_(gradient)


def combine_rows(gradient):
    """Returns the gradient as it is: Keras on torch has dense ones only."""
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
    """Returns the rows of `gradient` that are not zero."""
    return SparseRows(gradient)
