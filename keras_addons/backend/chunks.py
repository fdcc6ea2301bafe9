"""Declares: a function of a batch, computed chunk by chunk."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def chunked_call(call, weights, state, inputs, chunk_size):
    """Maps a function over chunks of the batch and keeps only the outputs.

    The backward pass calls the function again on each chunk, with the state
    that the forward pass had for the chunk, and sums the gradients.

    Args:
        call: `call(weights, state, inputs) -> outputs, updates` without side
            effects. `inputs` are those of a chunk, `outputs` is a list of
            tensors whose first axis is that of the chunk, and `updates` a
            dict, index in `state` -> new value.
        weights: list of tensors with gradients.
        state: list of tensors without gradients. Each chunk gets the state
            that the chunk before it left.
        inputs: list of tensors, batch first.
        chunk_size: positive int.

    Returns:
        The list of outputs of the whole batch, and the last state.
    """


@of_active_backend
def read_back(value):
    """Returns the value of a variable after `value` is assigned to it.

    Without a gradient on backends whose assignment has none.
    """


@of_active_backend
def with_rows(tensor, num_rows, message):
    """Returns the tensor, checked to have `num_rows` rows.

    Args:
        tensor: tensor of rank 1 or more.
        num_rows: int, or a scalar tensor where the size is not static.
        message: string, the message of the error.

    Raises:
        ValueError: the static sizes differ. With sizes that are not static
            TensorFlow raises InvalidArgumentError when the step runs; under
            XLA, which drops assertions, a reshape fails.
    """
