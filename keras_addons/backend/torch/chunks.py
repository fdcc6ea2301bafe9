"""torch: chunks that are recomputed in the backward pass."""

import contextlib
from itertools import compress

import torch
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import get_device_states
from torch.utils.checkpoint import set_device_states


def chunked_call(call, weights, state, inputs, chunk_size):
    parts = []
    first = latest = list(state)
    for chunk in zip(*(each.split(chunk_size) for each in inputs)):
        outputs, updates = call_twice(call, weights, latest, chunk)
        parts.append(outputs)
        latest = [updates.get(i, value) for i, value in enumerate(latest)]
    for position, value in enumerate(first):
        # Variables are assigned in place; the backward pass needs old values.
        if latest[position] is not value:
            first[position] = value.detach().clone()
    return [torch.cat(part) for part in zip(*parts)], latest


def call_twice(call, weights, state, chunk):
    """Calls without a graph now and with a graph in the backward pass.

    `torch.utils.checkpoint` does not serve: its non-reentrant form records a
    graph in the first call too, which takes time and memory, and its
    reentrant form does not support `torch.autograd.grad`.
    """
    updates = {}
    outputs = CallTwice.apply(
        call, state, updates, len(weights), *weights, *chunk
    )
    return outputs, updates


class CallTwice(torch.autograd.Function):
    """Autograd function of `call_twice`; `forward` fills `updates`."""

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
    """The random state and autocast settings of a call."""

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
        """Restores random state and autocast for the recomputation."""
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
    return value.detach()


def with_rows(tensor, num_rows, message):
    if tensor.shape[0] != num_rows:
        raise ValueError(message)
    return tensor
