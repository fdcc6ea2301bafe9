"""Base of the attention layers that compare fewer tokens than all."""

import abc
from typing import NamedTuple

import keras
from keras import ops

from keras_addons.layers.attention.masks import visible_keys
from keras_addons.layers.unbuilt import unbuilt


class Reading(NamedTuple):
    """What a call asks for: see `EfficientAttention`."""

    mask: object
    causal: bool
    dropout: object
    positions: object


class EfficientAttention(keras.layers.Layer, abc.ABC):
    """Reads a text with the projections of a `MultiHeadAttention`.

    `attention` holds all weights: the projections to queries, keys, values
    and back, and the rotary positions. A subclass says what each head reads,
    in less than the time and memory of the `length^2` scores of `attention`.
    So its layers take the place of `MultiHeadAttention` in a
    `TransformerBlock`, and read with weights that were trained with dense
    attention.

    A subclass defines `read(queries, keys, values, reading)`, which returns a
    tensor of the shape of `values`. Queries, keys and values are tensors
    (batch, heads, length, head_dim), the first two rotated if `attention` has
    a `rotary`, except where the class attribute `rotates_itself` is
    True. `reading` has the attributes `mask`, None or a boolean tensor
    (batch, length); `causal`, a bool; `dropout`, None or, in training, the
    dropout of the probabilities; `positions`, that of the call. A subclass
    with weights of its own extends `build`.

    Args:
        attention: `MultiHeadAttention`; other layers may use it too.
        **kwargs: `name` and the like; the dtypes are those of `attention`.

    Call arguments:
        query: tensor (batch, length, size).
        attention_mask: None or a boolean tensor (batch, length), also (batch,
            1, length) or (batch, 1, 1, length): False for padding. A mask of
            pairs of tokens is an error.
        use_causal_mask: bool, whether a token attends to no later token.
            Defaults to False.
        positions: None for 0, 1, 2, ... or a tensor (batch, length), by which
            queries and keys are rotated.
        cache: must be None.

    A Keras mask of `query` hides padding and passes through.

    Returns:
        Tensor of the shape of `query`.

    Raises:
        ValueError: `attention` is no `MultiHeadAttention` or does not fit, or
            the call has a mask of pairs or a cache.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import EfficientAttention, MultiHeadAttention
    >>> class MeanOfAll(EfficientAttention):
    ...     def read(self, queries, keys, values, reading):
    ...         mean = ops.mean(values, axis=2, keepdims=True)
    ...         return ops.broadcast_to(mean, ops.shape(values))
    >>> layer = MeanOfAll(MultiHeadAttention(num_heads=2))
    >>> layer(np.ones((2, 5, 8), "float32")).shape == (2, 5, 8)
    True

    Reference:
        https://kexue.fm/archives/6853, https://kexue.fm/archives/9844
    """

    rotates_itself = False

    def __init__(self, attention, **kwargs):
        raise_if_not_attention(attention)
        super().__init__(**{"dtype": attention.dtype_policy, **kwargs})
        self.attention = attention
        self.supports_masking = True

    @abc.abstractmethod
    def read(self, queries, keys, values, reading):
        """Returns what each head reads: (batch, heads, length, head_dim)."""

    def build(self, query_shape):
        if not self.attention.built:
            self.attention.build(query_shape)

    def call(
        self,
        query,
        attention_mask=None,
        use_causal_mask=False,
        mask=None,
        query_mask=None,
        positions=None,
        cache=None,
        training=None,
    ):
        if cache is not None:
            raise ValueError(
                f"{type(self).__name__} reads no `cache`: generate without "
                "one, or with the `MultiHeadAttention` inside."
            )
        # Keras passes `mask` for one input tensor, `query_mask` for several.
        mask = query_mask if mask is None else mask
        part, length = self.attention, ops.shape(query)[1]
        queries, keys, values = (
            ops.transpose(part.split(dense, query, length), (0, 2, 1, 3))
            for dense in (part.query, part.key, part.value)
        )
        if part.rotary is not None and not self.rotates_itself:
            turn = self.rotation(queries, positions)
            queries, keys = turn(queries), turn(keys)
            values = turn(values) if part.rotary.rotate_values else values
        reading = Reading(
            padding_of(attention_mask, mask),
            use_causal_mask,
            part.probability_dropout if training else None,
            positions,
        )
        return part.merged(self.read(queries, keys, values, reading), length)

    def rotation(self, heads, positions=None):
        """Returns the function that rotates tensors like `heads`."""
        if positions is None:
            positions = ops.arange(ops.shape(heads)[2], dtype="float32")
        angles = self.attention.rotary.angles(positions, heads.shape[-1])
        if len(angles.shape) == 3:  # a row of positions for each text
            angles = angles[:, None]
        return self.attention.rotary.rotation_by(angles, heads.dtype)

    def compute_output_shape(self, query_shape):
        return query_shape

    def compute_output_spec(self, query, **options):
        return keras.KerasTensor(query.shape, dtype=self.compute_dtype)

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {**super().get_config(), "attention": serialize(self.attention)}

    @classmethod
    def from_config(cls, config):
        parts = {
            name: unbuilt(value)
            for name, value in config.items()
            if isinstance(value, dict) and "class_name" in value
        }
        return cls(**{**config, **parts})


def raise_if_not_attention(attention):
    needed = ("split", "merged", "rotary", "dropout")
    if not all(hasattr(attention, name) for name in needed):
        raise ValueError(
            f"`attention` must be a `MultiHeadAttention`. Received: {attention}"
        )


def padding_of(attention_mask, mask):
    """Combines the masks to one of the shape (batch, length), or to None."""
    shape = () if attention_mask is None else tuple(attention_mask.shape)
    if attention_mask is not None and (
        len(shape) not in (2, 3, 4) or any(axis != 1 for axis in shape[1:-1])
    ):
        raise ValueError(
            "`attention_mask` must have the axes (batch, length): only "
            "`MultiHeadAttention` takes a mask of pairs of tokens. "
            f"Received shape: {shape}"
        )
    visible = visible_keys(attention_mask, mask)
    return None if visible is None else visible[:, 0, 0]
