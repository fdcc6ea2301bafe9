"""Finite scalar quantization: features rounded to a few integers."""

import math

import numpy as np
from keras import ops

from keras_addons.arguments import check_integer


def finite_scalar_quantize(features, levels):
    """Rounds each feature to one of a few integers, straight-through (FSQ).

    `s_i = (L_i - 1) sigmoid(z_i)`, `y_i = round(s_i)` in `0 .. L_i - 1`, with
    the gradient of `s_i`. Computed in float32.

    Args:
        features: float tensor (..., size).
        levels: ints (size,), `L`, each at least 2.

    Returns:
        Tensor of the shape and dtype of `features`.

    Example:

    >>> features = ops.array([[-9.0, 0.1, 9.0]])
    >>> ops.convert_to_numpy(finite_scalar_quantize(features, (5, 5, 6)))
    array([[0., 2., 5.]], dtype=float32)

    Reference:
        [Mentzer et al., 2023](https://arxiv.org/abs/2309.15505),
        https://kexue.fm/archives/9826
    """
    features = ops.convert_to_tensor(features)
    levels = ops.convert_to_tensor(check_levels(levels), "float32")
    scaled = (levels - 1.0) * ops.sigmoid(ops.cast(features, "float32"))
    rounded = ops.stop_gradient(ops.round(scaled))
    # Parentheses: the difference is exactly 0.
    quantized = rounded + (scaled - ops.stop_gradient(scaled))
    return ops.cast(quantized, features.dtype)


def fsq_codes_to_index(codes, levels):
    """Numbers the tuples of integers of finite scalar quantization.

    `index = sum_i c_i prod_(j < i) L_j`, one to one between the tuples and
    `0 .. prod L - 1`. The inverse is `fsq_index_to_codes`.

    Args:
        codes: integers (..., size), of an integer or a float dtype, `c_i` in
            `0 .. L_i - 1`.
        levels: ints (size,), `L`.

    Returns:
        int32 tensor (...).

    Example:

    >>> codes = ops.array([[0, 0], [4, 0], [0, 1], [4, 2]])
    >>> ops.convert_to_numpy(fsq_codes_to_index(codes, (5, 3)))
    array([ 0,  4,  5, 14], dtype=int32)

    Reference:
        [Mentzer et al., 2023](https://arxiv.org/abs/2309.15505),
        https://kexue.fm/archives/9826
    """
    codes = ops.cast(codes, "int32")
    total = ops.sum(codes * place_values(levels), axis=-1)
    return ops.cast(total, "int32")


def fsq_index_to_codes(index, levels):
    """Returns the integers of finite scalar quantization for their number.

    `c_i = (index // prod_(j < i) L_j) mod L_i`, the inverse of
    `fsq_codes_to_index`.

    Args:
        index: integer tensor (...), in `0 .. prod L - 1`.
        levels: ints (size,), `L`.

    Returns:
        int32 tensor (..., size).

    Example:

    >>> ops.convert_to_numpy(fsq_index_to_codes(ops.array([0, 14]), (5, 3)))
    array([[0, 0],
           [4, 2]], dtype=int32)

    Reference:
        [Mentzer et al., 2023](https://arxiv.org/abs/2309.15505),
        https://kexue.fm/archives/9826
    """
    index = ops.cast(index, "int32")[..., None]
    quotients = ops.floor_divide(index, place_values(levels))
    levels = ops.convert_to_tensor(check_levels(levels), "int32")
    return ops.mod(quotients, levels)


def place_values(levels):
    """`prod_(j < i) L_j` for each `i`, an int32 tensor (size,)."""
    places = np.cumprod([1, *check_levels(levels)[:-1]])
    return ops.convert_to_tensor(places, "int32")


def check_levels(levels):
    """Returns the levels as a tuple of ints, if int32 can number all codes."""
    if isinstance(levels, str) or not np.iterable(levels) or not len(levels):
        raise ValueError(
            f"`levels` must be a sequence of integers. Received: {levels!r}"
        )
    levels = tuple(check_integer("levels", level, 2) for level in levels)
    if math.prod(levels) > 2**31 - 1:
        raise ValueError(
            "The product of `levels` must be below 2^31. "
            f"Received: {levels}, of which it is {math.prod(levels)}"
        )
    return levels
