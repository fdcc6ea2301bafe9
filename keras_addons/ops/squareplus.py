"""SquarePlus: softplus without exponentials."""

import functools

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.ops.symbolic import takes_keras_tensors

# Where the greatest distance to softplus is smallest: 0.0759. See
# `ops.fit_activation`.
MINIMAX = 1.5238210325291086


def value_and_root(x, b):
    """Computes SquarePlus and `sqrt(x^2 + b)`, in float32 at least."""
    x = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
    # Not `ops.absolute`, whose derivative at 0 is 0.
    size = ops.where(x > 0, x, -x)
    root = ops.sqrt(ops.square(x) + b)
    # x + root would cancel below 0, but SP(x) SP(-x) = b / 4.
    above = (size + root) / 2
    return ops.where(x > 0, above, b / (4 * above)), root


@functools.cache
def squareplus_of(b):
    """Makes the function of one tensor, which keeps it for the gradient."""

    def value(x):
        return ops.cast(value_and_root(x, b)[0], x.dtype)

    def slope(x):
        # (1 + x / root) / 2, without cancellation below 0.
        value, root = value_and_root(x, b)
        return ops.cast(value / root, x.dtype)

    return backend.with_derivative(value, slope)


@takes_keras_tensors
def squareplus(x, b=MINIMAX):
    """Computes SquarePlus, a smooth ReLU of a square root.

    `(x + sqrt(x^2 + b)) / 2`, computed as `b / (2 (sqrt(x^2 + b) - x))` where
    `x` is negative, so that it is positive and as exact there. It falls with
    `-b / (4 x)` to the left, softplus exponentially. `b` is how round the
    corner is: `sqrt(b) / 2` is the value at 0.

    | `b` | what it is |
    |---|---|
    | 0 | ReLU |
    | 1.5238 | the nearest to softplus: nowhere further than 0.0759 |
    | 4 log(2)^2 = 1.9218 | the least that is nowhere below softplus |
    | 4 | as curved at 0 as softplus: 1/4 |

    Keeps `x` for the gradient on TensorFlow, the slope on JAX. Squares are
    taken in float32, so that float16 stays finite.

    Args:
        x: float tensor.
        b: number >= 0. Defaults to 1.5238210325291086.

    Returns:
        Tensor of the shape and dtype of `x`.

    Raises:
        ValueError: `b` is negative or no number.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import squareplus
    >>> points = np.array([-2.0, 0.0, 2.0], "float32")
    >>> keras.ops.convert_to_numpy(squareplus(points, b=5.0))
    array([0.5     , 1.118034, 2.5     ], dtype=float32)

    Reference:
        [Barron, 2021](https://arxiv.org/abs/2112.11687),
        https://kexue.fm/archives/8833
    """
    check_number("b", b, minimum=0)
    x = ops.convert_to_tensor(x)
    return squareplus_of(float(b))(x) if b else ops.relu(x)
