"""Taylor softmax: polynomials of even order in place of exponentials."""

import functools
import math

import keras
import numpy as np
from keras import ops

from keras_addons.arguments import check_integer


@keras.saving.register_keras_serializable(package="keras_addons")
def taylor_softmax(logits, order=2, monotone=False, axis=-1, mask=None):
    """Computes a softmax with the Taylor polynomial of `exp`.

    `f(x_i) / sum_j f(x_j)` with `f(x) = 1 + x + x^2 / 2! + ... + x^n / n!`,
    which is positive for every `x` if the order `n` is even. Tails fall with
    `x^-n`, not exponentially; with the order it becomes softmax.

    `f` has one minimum, left of which it grows again: the lowest logit may get
    the highest probability. `monotone=True` takes the minimum instead, so that
    the order of the logits is kept, but lower logits have no gradient:

    | order | minimum at | value |
    |---|---|---|
    | 2 | -1 | 0.5 |
    | 4 | -1.59607 | 0.270395 |
    | 6 | -2.18061 | 0.149325 |
    | 8 | -2.75900 | 0.0832715 |
    | 10 | -3.33355 | 0.0466991 |

    Other than softmax it changes if a number is added to all logits, and a
    large negative logit hides nothing: use `mask`. Computed in float32, scaled
    so that no power overflows.

    Args:
        logits: float tensor.
        order: even int >= 2. Defaults to 2.
        monotone: bool. Defaults to False.
        axis: int, the axis along which probabilities sum to 1. Defaults to
            -1.
        mask: None, or boolean tensor that broadcasts to `logits`, False for
            entries that get a probability of 0. Where all are masked, all
            get 0. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `logits`.

    Raises:
        ValueError: `order` is not an even integer >= 2.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import taylor_softmax
    >>> logits = np.array([0.0, 2.0, -2.0], "float32")  # f = 1, 5 and 1
    >>> keras.ops.convert_to_numpy(7 * taylor_softmax(logits)).round(4)
    array([1., 5., 1.], dtype=float32)

    Reference:
        [de Brebisson and Vincent, 2015](https://arxiv.org/abs/1511.05042),
        https://kexue.fm/archives/7919
    """
    if check_integer("order", order, minimum=2) % 2:
        raise ValueError(f"`order` must be even. Received: {order}")
    logits = ops.convert_to_tensor(logits)
    dtype = keras.backend.result_type(logits.dtype, "float32")
    points = ops.cast(logits, dtype)
    if mask is not None:
        points = ops.where(mask, points, 0.0)
    lowest_point, lowest_value = minimum(order)
    if monotone:
        points = ops.maximum(points, lowest_point)
    heights, scale = scaled_polynomial(points, order, axis)
    # Rounding must not make it negative.
    heights = ops.maximum(heights, lowest_value * scale**-order)
    if mask is not None:
        heights = ops.where(mask, heights, 0.0)
    total = ops.sum(heights, axis=axis, keepdims=True)
    probabilities = heights / ops.where(total > 0, total, 1.0)
    return ops.cast(probabilities, logits.dtype)


def scaled_polynomial(points, order, axis):
    """Computes `f(x) / s^n` with `s = max(1, |x|)` over the axis, and `s`.

    `sum_k (x / s)^k s^(k - n) / k!` by Horner's rule: at most `e`.
    """
    scale = ops.max(ops.absolute(points), axis=axis, keepdims=True)
    scale = ops.stop_gradient(ops.maximum(scale, 1.0))
    ratios, shrinking = points / scale, ops.ones_like(scale)
    heights = ops.full_like(points, 1 / math.factorial(order))
    for power in reversed(range(order)):
        shrinking = shrinking / scale
        heights = heights * ratios + shrinking * (1 / math.factorial(power))
    return heights, scale


@functools.cache
def minimum(order):
    """Where the polynomial of an even order is least, and its value there.

    Its derivative is the polynomial of the order below, which has one root,
    at which it is `x^n / n!`.
    """
    powers = np.arange(order)[::-1]
    derivative = [1 / math.factorial(power) for power in powers]
    low, high = -float(order), 0.0
    for _ in range(100):
        middle = (low + high) / 2
        if np.polyval(derivative, middle) < 0:
            low = middle
        else:
            high = middle
    return low, low**order / math.factorial(order)
