"""Cuts sequences into blocks, so that a token meets its neighbours only."""

from keras import ops

from keras_addons import backend


def to_blocks(tensor, size):
    """Cuts the length into blocks, with zeros (False) after the last token.

    Args:
        tensor: tensor (batch, heads, length, dim).
        size: positive int.

    Returns:
        Tensor (batch, heads, blocks, size, dim).
    """
    batch, heads, length, dim = ops.shape(tensor)
    tensor = pad(tensor, 2, 0, -length % size)
    return backend.reshape(tensor, (batch, heads, -1, size, dim))


def from_blocks(blocks, length):
    """Undoes `to_blocks`: (batch, heads, length, dim)."""
    batch, heads, _, _, dim = ops.shape(blocks)
    return backend.reshape(blocks, (batch, heads, -1, dim))[:, :, :length]


def with_neighbours(blocks, before, after):
    """Adds the tokens before and after each block to the block.

    Args:
        blocks: tensor (batch, heads, blocks, size, dim).
        before: int, at most `size`: how many tokens of the block before.
        after: int, at most `size`: how many tokens of the block after.

    Returns:
        Tensor (batch, heads, blocks, before + size + after, dim); zeros
        (False) where there is no block before or after.
    """
    parts = [blocks]
    if before:
        last = blocks[:, :, :-1, blocks.shape[3] - before :]
        parts.insert(0, pad(last, 2, 1, 0))
    if after:
        parts.append(pad(blocks[:, :, 1:, :after], 2, 0, 1))
    return ops.concatenate(parts, axis=3) if len(parts) > 1 else blocks


def pad(tensor, axis, before, after):
    """Adds zeros (False) at both ends of an axis."""
    if isinstance(after, int) and not before and not after:
        return tensor
    widths = [(0, 0)] * len(tensor.shape)
    widths[axis] = (before, after)
    return ops.pad(tensor, widths)


def key_mask(mask, length):
    """A mask (batch, length), or None, as (batch or 1, 1, length, 1)."""
    if mask is None:
        return ops.ones((1, 1, length, 1), dtype="bool")
    return ops.cast(mask, "bool")[:, None, :, None]


class Neighbourhood:
    """Where each query of a block finds the keys at most `window` away.

    Args:
        length: int or scalar tensor, the number of tokens.
        window: int, the largest distance.
        causal: bool, whether keys after the query are left out.
        multiple: int of which the size of a block is a multiple. Defaults to
            1.
    """

    # Smaller blocks make many matrix products too small to be fast.
    smallest = 32

    def __init__(self, length, window, causal, multiple=1):
        self.length, self.window, self.causal = length, window, causal
        size = -(-max(window, self.smallest) // multiple) * multiple
        self.before, self.after = window, 0 if causal else window
        if isinstance(length, int) and length <= size:  # one block
            # Two keys at least: Keras warns of a softmax over one.
            size = -(-max(length, 2) // multiple) * multiple
            self.before = self.after = 0
        self.size = size

    def queries(self, tensor):
        """(batch, heads, blocks, size, dim)."""
        return to_blocks(tensor, self.size)

    def keys(self, tensor):
        """(batch, heads, blocks, keys of a block, dim)."""
        blocks = to_blocks(tensor, self.size)
        return with_neighbours(blocks, self.before, self.after)

    def visible(self, mask):
        """The mask (batch or 1, 1, blocks, size, keys of a block)."""
        is_token = self.keys(key_mask(mask, self.length))
        is_token = ops.swapaxes(is_token, -1, -2)
        slots = ops.arange(-self.before, self.size + self.after)
        distances = ops.arange(self.size)[:, None] - slots[None]
        is_near = distances <= self.window
        lowest = 0 if self.causal else -self.window
        is_near = ops.logical_and(is_near, distances >= lowest)
        return ops.logical_and(is_token, is_near)
