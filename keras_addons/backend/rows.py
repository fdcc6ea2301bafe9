"""Seam: rows of tables, and gradients that name their rows.

On TensorFlow the gradient of an embedding is an `IndexedSlices`, which names
the rows that it has; JAX and Keras on torch have dense gradients only.
"""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def gather_rows(variable, indices):
    """Returns the rows `variable[indices]`, in the type of the variable.

    TensorFlow reads them through the handle of the variable, so that its
    gradient is an `IndexedSlices`, and the table is never copied.
    """


@of_active_backend
def is_sparse(gradient):
    """Returns whether a gradient names the rows that it has."""


@of_active_backend
def stored_values(gradient):
    """Returns the numbers that a gradient holds, of a sparse one its rows'."""


@of_active_backend
def to_dense(gradient, shape):
    """Returns a gradient as one tensor of `shape`, one row an id."""


@of_active_backend
def accumulate(total, gradient):
    """Adds a gradient to a variable, in place where the backend can.

    Args:
        total: `keras.Variable`.
        gradient: tensor of its shape, or a sparse gradient of it.
    """


@of_active_backend
def combine_rows(gradient):
    """Returns a gradient with the rows of each id summed.

    Dense gradients are returned as they are. A sparse one keeps its number of
    rows, as XLA wants it: the ids come sorted, and at the end the smallest is
    repeated with rows of zeros.
    """


@of_active_backend
def sparse_rows(gradient):
    """Returns the rows that have a gradient, or None where no rows are picked.

    TensorFlow picks those of a sparse gradient, torch those of a dense one
    that are not zero; JAX picks none, as the shapes of its steps are static.

    Returns:
        object with `gradient`, the gradient of these rows, `read(variable)`,
        the same rows of a variable, and `write(variable, value)`, which
        assigns them. A row whose gradient is zero is left as it was.
    """
