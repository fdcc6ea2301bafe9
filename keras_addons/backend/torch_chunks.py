"""torch: a call in chunks that are computed again on the way back."""

import torch
from torch.utils.checkpoint import checkpoint


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
    parts = []
    first = latest = list(state)
    for chunk in zip(*(each.split(chunk_size) for each in inputs)):
        outputs, updates = checkpoint(
            call, weights, latest, list(chunk), use_reentrant=False
        )
        parts.append(outputs)
        latest = [updates.get(i, value) for i, value in enumerate(latest)]
    for position, value in enumerate(first):
        # Variables are assigned in place, and the way back needs the old one.
        if latest[position] is not value:
            first[position] = value.detach().clone()
    return [torch.cat(part) for part in zip(*parts)], latest


def read_back(value):
    """What a variable holds once `value` is assigned to it: no gradient."""
    return value.detach()
