"""JAX: chunks that are recomputed in the backward pass."""

import jax
from jax import numpy as jnp


def chunked_call(call, weights, state, inputs, chunk_size):
    # One `lax.scan` computes the full chunks; the remainder of the batch is a
    # chunk of its own.

    def step(state, chunk, prevent_cse=False):  # not needed inside a scan
        outputs, updates = jax.checkpoint(call, prevent_cse=prevent_cse)(
            weights, state, chunk
        )
        # Unchanged values bypass the checkpoint and are not saved per chunk.
        state = [updates.get(i, value) for i, value in enumerate(state)]
        return state, outputs

    num_full, remainder = divmod(inputs[0].shape[0], chunk_size)
    whole = num_full * chunk_size
    parts = []
    if num_full:
        shape = (num_full, chunk_size)
        chunks = [x[:whole].reshape(shape + x.shape[1:]) for x in inputs]
        state, outputs = jax.lax.scan(step, state, chunks)
        parts.append([x.reshape((whole,) + x.shape[2:]) for x in outputs])
    if remainder or not num_full:
        chunk = [x[whole:] for x in inputs]
        state, outputs = step(state, chunk, prevent_cse=True)
        parts.append(outputs)
    return [jnp.concatenate(part) for part in zip(*parts)], state


def read_back(value):
    return value


def with_rows(tensor, num_rows, message):
    if tensor.shape[0] != num_rows:
        raise ValueError(message)
    return tensor
