"""Sinusoidal position vectors."""

from keras import ops

from keras_addons.ops.rotary import rotary_angles


def sinusoidal_vectors(positions, size, base=10000.0):
    """Sines and cosines of a position at frequencies from 1 to `1 / base`.

    `p[2i] = sin(m / base ** (2 i / size))`, `p[2i + 1] = cos(...)`, in
    float32. The product of two of them depends on the distance of their
    positions alone: `p_m . p_n = sum_i cos((m - n) / base ** (2 i / size))`.

    Args:
        positions: integers or floats of any shape.
        size: even int, the size of a vector.
        base: positive float. Defaults to 10000.0.

    Returns:
        float32 tensor of shape `positions.shape + (size,)`.

    Example:

    >>> vectors = sinusoidal_vectors(ops.array([0, 1]), size=2)
    >>> ops.convert_to_numpy(vectors).round(4)
    array([[0.    , 1.    ],
           [0.8415, 0.5403]], dtype=float32)

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762),
        https://kexue.fm/archives/8231
    """
    angles = rotary_angles(positions, size, base)  # (..., size / 2)
    pairs = ops.stack([ops.sin(angles), ops.cos(angles)], axis=-1)
    return ops.reshape(pairs, (*ops.shape(angles)[:-1], size))
