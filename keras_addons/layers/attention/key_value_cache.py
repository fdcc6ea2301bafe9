"""Key/value cache for one-token-at-a-time decoding."""

from keras import ops

from keras_addons import backend


class KeyValueCache:
    """Keeps the keys and values of earlier tokens for later queries.

    `attention(features, cache=cache)` writes the keys and values of `features`
    into the slots from `index` on and attends to all slots. Memory: two
    tensors of `batch * num_heads * max_length * head_dim` numbers for each
    attention layer, with `num_key_value_heads` in the place of `num_heads`
    where heads share keys and values. The method `cache_shapes(num_texts,
    max_length)` of a layer returns the shapes of its `keys` and `values`. On
    torch, where no gradient is recorded, `keys` and `values` are overwritten
    in place.

    Args:
        keys: tensor (batch, num_heads, max_length, head_dim), in the compute
            dtype of the attention.
        values: tensor of the same dtype and shape, of `GatedAttentionUnit`
            with `intermediate_dim` as its last axis.
        index: int or scalar tensor, the first slot to write.
        positions: None or integers (batch, max_length), the positions of the
            tokens in the slots. Only `ReRoPE` reads them, as its keys are not
            rotated yet, and only if slots are not positions: where texts of
            several lengths are decoded together. Defaults to None.

    Attributes:
        keys, values, positions: after the attention was called, the tensors
            that hold those of the new tokens as well.

    Raises:
        ValueError: the shapes of `keys` and `values` differ before the last
            axis, or a call has more tokens than there are slots from `index`
            on. The latter is checked only if `index` is an int.

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

    def __init__(self, keys, values, index, positions=None):
        self.keys = ops.convert_to_tensor(keys)
        self.values = ops.convert_to_tensor(values)
        self.index = index
        self.positions = positions
        if tuple(self.keys.shape)[:-1] != tuple(self.values.shape)[:-1]:
            raise ValueError(
                "`keys` and `values` must have one shape, but for the last "
                "axis. Received: "
                f"{tuple(self.keys.shape)} and {tuple(self.values.shape)}"
            )

    def write(self, keys, values):
        """Writes the keys and values of new tokens from slot `index` on."""
        length, room = keys.shape[2], self.keys.shape[2]
        if isinstance(self.index, int) and self.index + length > room:
            raise ValueError(
                f"There is room for {room} tokens. Received: {length} of "
                f"them at `index`={self.index}"
            )
        self.keys = backend.write_slice(self.keys, 2, self.index, keys)
        self.values = backend.write_slice(self.values, 2, self.index, values)

    def write_positions(self, positions):
        """Writes the positions (batch, length) of new tokens."""
        self.positions = backend.write_slice(
            ops.convert_to_tensor(self.positions, dtype="int32"),
            1,
            self.index,
            ops.cast(positions, "int32"),
        )


def cache_shapes(layer, num_texts, max_length):
    """Returns the shapes of the keys and the values in the cache of a layer.

    Args:
        layer: built layer.
        num_texts: positive int.
        max_length: positive int, the number of slots.

    Raises:
        ValueError: the layer reads no cache.
    """
    if not hasattr(layer, "cache_shapes"):
        raise ValueError(
            f"{type(layer).__name__} reads no `KeyValueCache`: it has no "
            "method `cache_shapes(num_texts, max_length)`."
        )
    return layer.cache_shapes(num_texts, max_length)
