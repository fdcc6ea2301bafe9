"""torch's side of the seam."""

import keras
import torch

COMPILES_EVERY_SHAPE = False  # that a step or a prediction meets


def conditional_update(condition, update, variables):
    """Runs `update()` only where `condition` holds."""
    with torch.no_grad():
        if condition:
            update()


def update_outside_step(update, variables):
    """Runs `update()` between the steps."""
    with torch.no_grad():
        update()


def gather_rows(variable, indices):
    """The rows `variable[indices]`."""
    return torch.nn.functional.embedding(indices, variable.value)


def all_gather(embeddings):
    """The rows of all replicas: Keras on torch has one."""
    return embeddings


def is_sparse(gradient):
    """Whether a gradient names the rows that it has: never here."""
    return False


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


def seed_native_generator(seed):
    """Starts anew what unseeded dropout draws from, Keras' seeds apart.

    Its state cannot be read through Keras, so that a training which is to go
    on exactly after an interruption starts it anew in each epoch.
    """
    torch.manual_seed(seed)


def sparse_rows(gradient):
    """Returns the rows of `gradient` that are not zero."""
    return SparseRows(gradient)


def predictor(model):
    """The model's outputs as a function of a batch, without training."""
    model.jit_compile = False
    return model.predict_on_batch


def reshape(tensor, shape):
    """`keras.ops.reshape` of a tensor that is not symbolic.

    Keras looks for symbolic tensors in the shape, which takes 30 us a call.
    """
    return torch.reshape(tensor, shape)


def while_loop(condition, body, values):
    """`keras.ops.while_loop` whose rounds wait for each other."""
    return keras.ops.while_loop(condition, body, values)


def write_slice(tensor, start, values):
    """`keras.ops.slice_update` of a tensor that nobody reads again.

    Without gradients it is written where it is; Keras copies all of it.
    """
    if torch.is_grad_enabled():
        tensor = tensor.clone()
    place = tuple(
        slice(int(first), int(first) + size)
        for first, size in zip(start, values.shape)
    )
    tensor[place] = values
    return tensor
