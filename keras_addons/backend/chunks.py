"""Seam: a function of a batch, computed in chunks."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def chunked_call(call, weights, state, inputs, chunk_size):
    """Maps a function over chunks of the batch, keeping only its outputs.

    The backward pass calls it again on each chunk, with the state that the
    chunk has met, and adds up the gradients.

    Args:
        call: `call(weights, state, inputs) -> outputs, updates` without side
            effects; the inputs are those of a chunk, `outputs` is a list of
            tensors whose first axis is the chunk's, and `updates` a dict from
            a position in `state` to a new value.
        weights: list of tensors, differentiated.
        state: list of tensors, not differentiated; a chunk meets those that
            the chunk before it has left.
        inputs: list of tensors, batch first.
        chunk_size: positive int.

    Returns:
        The list of outputs, of the whole batch, and the last state.
    """


@of_active_backend
def read_back(value):
    """Returns what a variable holds once `value` is assigned to it.

    That has no gradient where assigning ends the gradient.
    """


@of_active_backend
def with_rows(tensor, num_rows, message):
    """Returns the tensor if `num_rows` is the size of its first axis.

    Args:
        tensor: tensor of rank 1 or more.
        num_rows: int, or a scalar tensor where the size is not known yet.
        message: string, of the error.

    Raises:
        ValueError: if the sizes are known and differ. TensorFlow raises
            InvalidArgumentError from the step where they become known there;
            XLA, which drops assertions, fails to reshape.
    """
