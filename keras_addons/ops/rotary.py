"""Rotary position embeddings (RoPE)."""

import functools

import numpy as np
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number


def rotary_angles(positions, size, base=10000.0):
    """Computes the rotation angle of each feature pair at each position.

    `angle[m, i] = m * base ** (-2 i / size)`, in float32.

    Args:
        positions: integers or floats of any shape.
        size: even int, the number of features to rotate.
        base: positive float. The last pair rotates about `base` times slower
            than the first. Defaults to 10000.0.

    Returns:
        Tensor of shape `positions.shape + (size / 2,)`.
    """
    frequencies = ops.convert_to_tensor(
        rotary_frequencies(size, base), dtype="float32"
    )
    return ops.expand_dims(ops.cast(positions, "float32"), -1) * frequencies


@functools.cache
def rotary_frequencies(size, base):
    """Computes the angles at position 1."""
    return base ** -(np.arange(0, size, 2, dtype="float32") / size)


def ntk_aware_base(base, factor, size):
    """The `base` for texts that are `factor` times as long as in training.

    `base * factor ** (size / (size - 2))`: the slowest pair of features turns
    `factor` times slower, so that it sees no angle which training has not
    seen; the fastest pair, which tells neighbours apart, turns as before.
    Nothing is trained again.

    Args:
        base: positive float, that of the training.
        factor: float, at least 1.
        size: even int above 2, the number of features that are rotated: of
            attention its `head_dim`.

    Returns:
        float, for `RotaryEmbedding(base)`.

    Raises:
        ValueError: `factor` is below 1, or `size` is not even and above 2.

    Example:

    >>> round(ntk_aware_base(10000.0, factor=8, size=64))
    85550

    Reference:
        https://kexue.fm/archives/9675
    """
    check_number("factor", factor, 1)
    if size % 2 or size < 4:
        raise ValueError(f"`size` must be even and above 2. Received: {size}")
    return base * factor ** (size / (size - 2))


class Rotation:
    """Rotates the feature pairs `(x_2i, x_2i+1)` by `angles[..., i]`.

    `(x, y) -> (x cos - y sin, x sin + y cos)`, which keeps every norm. One
    instance serves queries and keys, so that the tables of cosines and sines
    are computed once.

    Args:
        angles: tensor whose last axis is half that of the features and whose
            other axes broadcast against theirs.
        dtype: dtype of the features.
    """

    def __init__(self, angles, dtype):
        self.turn = backend.complex_rotation(angles, dtype)
        if self.turn is not None:
            return
        self.size = 2 * angles.shape[-1]
        # Not `ops.repeat`, which adds thirty nodes to a TensorFlow graph.
        shape = (*ops.shape(angles)[:-1], self.size)
        angles = backend.reshape(ops.stack([angles, angles], axis=-1), shape)
        self.cos, self.sin = (
            ops.cast(backend.computed_once(table), dtype)
            for table in (ops.cos(angles), ops.sin(angles))
        )
        self.quarter_turn = ops.convert_to_tensor(
            quarter_turns(self.size), dtype=dtype
        )

    def __call__(self, features):
        if self.turn is not None:
            return self.turn(features)
        # A matrix product with a constant is five times as fast on a CPU as
        # the strided slices x[..., 0::2] and x[..., 1::2] and their gradients.
        rows = backend.reshape(features, (-1, self.size))
        turned = ops.matmul(rows, self.quarter_turn)
        turned = backend.reshape(turned, ops.shape(features))
        return features * self.cos + turned * self.sin


class HalfSplitRotation:
    """Rotates the feature pairs `(x_i, x_(i + size / 2))` by `angles[..., i]`.

    `Rotation` of features in another order, with the same arguments.
    """

    def __init__(self, angles, dtype):
        self.cos, self.sin = (
            ops.cast(backend.computed_once(table), dtype)
            for table in (ops.cos(angles), ops.sin(angles))
        )

    def __call__(self, features):
        x, y = ops.split(features, 2, axis=-1)
        turned = [x * self.cos - y * self.sin, x * self.sin + y * self.cos]
        return ops.concatenate(turned, axis=-1)


# Which features make a pair, by the name of the layout.
ROTATIONS = {"interleaved": Rotation, "half_split": HalfSplitRotation}


def rotation_named(layout):
    """Returns the class of a layout.

    Raises:
        ValueError: there is no such layout.
    """
    if layout not in ROTATIONS:
        raise ValueError(
            f"`layout` must be one of {', '.join(ROTATIONS)}. "
            f"Received: {layout!r}"
        )
    return ROTATIONS[layout]


@functools.cache
def quarter_turns(size):
    """Makes the matrix that maps each pair `(x, y)` of a row to `(-y, x)`."""
    return np.kron(np.eye(size // 2), [[0.0, 1.0], [-1.0, 0.0]])
