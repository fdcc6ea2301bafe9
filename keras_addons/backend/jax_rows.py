"""JAX: rows of tables; its gradients are dense."""


def gather_rows(variable, indices):
    """The rows `variable[indices]`."""
    return variable.value[indices]


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
    """Adds a gradient to a variable."""
    total.assign_add(gradient)


def combine_rows(gradient):
    """Returns the gradient as it is: JAX has dense gradients only."""
    return gradient


def sparse_rows(gradient):
    """Returns None: the shapes of a step are static, so no rows are picked."""
    return None
