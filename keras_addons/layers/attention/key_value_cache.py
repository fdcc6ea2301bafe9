"""What an attention keeps of the tokens that it has read."""

from keras import ops

from keras_addons import backend


class KeyValueCache:
    """Keys and values of earlier calls, with room for those of later ones.

    `attention(features, cache=cache)` writes the keys and values of `features`
    from slot `index` on and reads all slots. Memory: two tensors of `batch *
    num_heads * max_length * head_dim` numbers for each attention; without
    gradients torch writes into those that it is given.

    Args:
        keys: tensor (batch, num_heads, max_length, head_dim), in the compute
            dtype of the attention.
        values: tensor of the same shape and dtype.
        index: int or scalar tensor, the first slot to write.

    Attributes:
        keys, values: after the call those with the new ones in them.

    Raises:
        ValueError: the shapes differ, or an `index` that is an int leaves no
            room for the tokens of a call. One that is a tensor is not read.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import KeyValueCache, MultiHeadAttention
    >>> layer = MultiHeadAttention(num_heads=2)
    >>> tokens = np.ones((1, 3, 8), "float32")
    >>> empty = np.zeros((1, 2, 5, 4), "float32")  # room for 5 tokens
    >>> cache = KeyValueCache(empty, empty.copy(), index=0)
    >>> is_read = np.tile(np.arange(5) < 3, (1, 3, 1))
    >>> layer(tokens, attention_mask=is_read, cache=cache).shape == (1, 3, 8)
    True
    >>> later = KeyValueCache(cache.keys, cache.values, index=3)

    Reference:
        [Shazeer, 2019](https://arxiv.org/abs/1911.02150)
    """

    def __init__(self, keys, values, index):
        self.keys = ops.convert_to_tensor(keys)
        self.values = ops.convert_to_tensor(values)
        self.index = index
        if tuple(self.keys.shape) != tuple(self.values.shape):
            raise ValueError(
                "`keys` and `values` must have one shape. Received: "
                f"{tuple(self.keys.shape)} and {tuple(self.values.shape)}"
            )

    def write(self, keys, values):
        """Puts those of some tokens in their slots."""
        length, room = keys.shape[2], self.keys.shape[2]
        if isinstance(self.index, int) and self.index + length > room:
            raise ValueError(
                f"There is room for {room} tokens. Received: {length} of "
                f"them at `index`={self.index}"
            )
        self.keys = backend.write_slice(self.keys, 2, self.index, keys)
        self.values = backend.write_slice(self.values, 2, self.index, values)
