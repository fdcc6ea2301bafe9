"""torch: a call in chunks that are computed again on the way back."""

import contextlib
from itertools import compress

import torch
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import get_device_states
from torch.utils.checkpoint import set_device_states


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
        outputs, updates = call_twice(call, weights, latest, chunk)
        parts.append(outputs)
        latest = [updates.get(i, value) for i, value in enumerate(latest)]
    for position, value in enumerate(first):
        # Variables are assigned in place, and the way back needs the old one.
        if latest[position] is not value:
            first[position] = value.detach().clone()
    return [torch.cat(part) for part in zip(*parts)], latest


def call_twice(call, weights, state, chunk):
    """Calls without a graph now, and with one on the way back.

    Of the two forms of `torch.utils.checkpoint` one draws a graph in the first
    call as well, which costs time and memory, and the other refuses
    `torch.autograd.grad`.
    """
    updates = {}
    outputs = CallTwice.apply(
        call, state, updates, len(weights), *weights, *chunk
    )
    return outputs, updates


class CallTwice(torch.autograd.Function):
    """Fills `updates` in the first call; differentiable once."""

    @staticmethod
    def forward(ctx, call, state, updates, num_weights, *tensors):
        ctx.call = lambda tensors: call(
            list(tensors[:num_weights]), state, list(tensors[num_weights:])
        )
        ctx.surroundings = Surroundings(tensors[-1])
        ctx.save_for_backward(*tensors)
        ctx.set_materialize_grads(False)
        outputs, changed = ctx.call(tensors)
        updates.update(changed)
        is_integer = [not each.is_floating_point() for each in outputs]
        ctx.mark_non_differentiable(*compress(outputs, is_integer))
        return tuple(outputs)

    @staticmethod
    @once_differentiable
    def backward(ctx, *gradients):
        needed = ctx.needs_input_grad[-len(ctx.saved_tensors) :]
        tensors = [
            each.detach().requires_grad_(is_needed)
            for each, is_needed in zip(ctx.saved_tensors, needed)
        ]
        with torch.enable_grad(), ctx.surroundings.again():
            outputs, _ = ctx.call(tensors)
        is_used = [
            output.requires_grad and gradient is not None
            for output, gradient in zip(outputs, gradients)
        ]
        if any(is_used):
            torch.autograd.backward(
                list(compress(outputs, is_used)),
                list(compress(gradients, is_used)),
                inputs=list(compress(tensors, needed)),
            )
        return None, None, None, None, *(each.grad for each in tensors)


class Surroundings:
    """What a call depends on besides its arguments: chance and autocast."""

    def __init__(self, tensor):
        self.device = tensor.device.type
        self.random_state = torch.get_rng_state()
        self.device_ids, self.device_states = get_device_states(tensor)
        self.autocasts = [
            torch.autocast(
                device,
                enabled=torch.is_autocast_enabled(device),
                dtype=torch.get_autocast_dtype(device),
            )
            for device in {self.device, "cpu"}
            if torch.amp.is_autocast_available(device)
        ]

    @contextlib.contextmanager
    def again(self):
        """Draws and casts as then; afterwards all goes on as before."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(
                torch.random.fork_rng(self.device_ids, device_type=self.device)
            )
            torch.set_rng_state(self.random_state)
            set_device_states(
                self.device_ids, self.device_states, device_type=self.device
            )
            for each in self.autocasts:
                stack.enter_context(each)
            yield


def read_back(value):
    """What a variable holds once `value` is assigned to it: no gradient."""
    return value.detach()


def with_rows(tensor, num_rows, message):
    """The tensor, or ValueError if `num_rows` is not its first axis."""
    if tensor.shape[0] != num_rows:
        raise ValueError(message)
    return tensor
