"""Splits the features of tokens into heads, and merges them."""

from keras import ops

from keras_addons import backend


def check_heads(num_heads, size):
    if size % num_heads:
        raise ValueError(
            f"`num_heads`={num_heads} must divide the size of `features`. "
            f"Received: {size}"
        )


def split_heads(features, num_heads):
    """(batch, length, size) -> (batch, heads, length, size / heads)."""
    length, size = ops.shape(features)[1], features.shape[-1]
    shape = (-1, length, num_heads, size // num_heads)
    return ops.transpose(backend.reshape(features, shape), (0, 2, 1, 3))


def merge_heads(heads):
    """(batch, heads, length, size) -> (batch, length, heads * size)."""
    length, size = ops.shape(heads)[2], heads.shape[1] * heads.shape[-1]
    heads = ops.transpose(heads, (0, 2, 1, 3))
    return backend.reshape(heads, (-1, length, size))
