"""Declares: rows of embedding tables, and sparse gradients.

On TensorFlow the gradient of an embedding table is sparse: an `IndexedSlices`
with the ids and the gradients of the rows of the batch. JAX, and Keras on
torch, have dense gradients.
"""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def gather_rows(variable, indices):
    """Returns the rows `variable[indices]`, in the dtype of the variable.

    TensorFlow gathers from the variable itself, so that the gradient is an
    `IndexedSlices` and the table is not copied.
    """


@of_active_backend
def is_sparse(gradient):
    """Returns whether a gradient is an `IndexedSlices`."""


@of_active_backend
def stored_values(gradient):
    """Returns the gradient, of a sparse gradient the tensor of its rows."""


@of_active_backend
def to_dense(gradient, shape):
    """Returns the gradient as a dense tensor of the given shape."""


@of_active_backend
def accumulate(total, gradient):
    """Adds a gradient to a variable, in place if the backend can.

    Args:
        total: `keras.Variable`.
        gradient: tensor of the shape of `total`, or a sparse gradient.
    """


@of_active_backend
def combine_rows(gradient):
    """Returns a gradient in which the rows of equal ids are summed.

    Dense gradients are returned as they are. A sparse gradient keeps its
    number of rows, since shapes are static under XLA: the ids are sorted, and
    the smallest id, with rows of zeros, fills the end.
    """


@of_active_backend
def sparse_rows(gradient):
    """Selects the rows that have a gradient.

    On TensorFlow the rows of a sparse gradient, on torch the rows of a dense
    gradient that are not zero.

    Returns:
        None where no rows are selected: for dense gradients on TensorFlow,
        and on JAX, whose shapes are static. Else an object with `gradient`,
        the gradient of the rows, `read(variable)`, which returns these rows
        of a variable, and `write(variable, value)`, which assigns them. A row
        whose gradient is zero keeps its value.
    """
