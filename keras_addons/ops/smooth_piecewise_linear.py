"""Smooth versions of functions that are straight between corners."""

import numbers

import keras
import numpy as np
from keras import ops

from keras_addons.arguments import check_number
from keras_addons.ops.smoothing_kernels import kernel_of


@keras.saving.register_keras_serializable(package="keras_addons")
def smooth_piecewise_linear(
    x, knots, slopes, kernel="gaussian", width=1.0, value=0.0
):
    """Smooths a piecewise linear function with a kernel, in closed form.

    The convolution `int f(y) phi((x - y) / width) / width dy` of `f`, which
    has `slopes[i]` left of `knots[i]` and `slopes[-1]` right of all knots,
    with a density `phi`:

    | `kernel` | density `phi` | a ReLU becomes |
    |---|---|---|
    | "gaussian" | `exp(-x^2 / 2) / sqrt(2 pi)` | `x Phi(x) + phi(x)`, SAU |
    | "logistic" | `sigmoid(x) sigmoid(-x)` | softplus |
    | "cauchy" | `1 / (pi (1 + x^2))` | see below |

    `f` itself is returned plus `width (slopes[i + 1] - slopes[i]) e(|x -
    knots[i]| / width)` for each knot, where `e` falls to 0 with the distance
    for Gaussian and logistic kernels. The derivative is the mixture of slopes
    that the kernel covers.

    The Cauchy kernel has no mean. Where the outer slopes are equal, as of
    `clip`, the integral converges if both sides are taken together
    (`int_0^inf phi(u) (f(x - u) + f(x + u)) du`) and the result is exact.
    Where they are not, as of ReLU, the integral is infinite at every `x`,
    but its differences are finite: the result then has the derivative of the
    convolution, and the constant for which `f` is unchanged at a knot by its
    own corner. It leaves `f` with the logarithm of `x`.

    Computed in float32, once per knot.

    Args:
        x: float tensor.
        knots: list of numbers in ascending order, where the slope changes.
        slopes: list of numbers, one more than knots.
        kernel: "gaussian", "logistic" or "cauchy". Defaults to "gaussian".
        width: positive number, the scale of the kernel: the standard
            deviation of the Gaussian one. Defaults to 1.
        value: number, `f` at the first knot. Defaults to 0.

    Returns:
        Tensor of the shape and dtype of `x`.

    Raises:
        ValueError: `knots` do not ascend, there is not one slope more, or
            `kernel` or `width` is none.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import smooth_piecewise_linear
    >>> x = np.array([-3.0, -1.0, 0.0, 3.0], "float32")
    >>> clipped = smooth_piecewise_linear(  # to [-1, 1], as a hard tanh
    ...     x, knots=[-1, 1], slopes=[0, 1, 0], width=0.25, value=-1.0
    ... )
    >>> np.abs(keras.ops.convert_to_numpy(clipped).round(3))
    array([1. , 0.9, 0. , 1. ], dtype=float32)

    Reference:
        [Biswas et al., 2021](https://arxiv.org/abs/2109.13210),
        https://kexue.fm/archives/8718
    """
    knots, slopes = checked(knots, slopes)
    excess = kernel_of(kernel).excess
    check_number("width", width, minimum=0, exclusive=True)
    check_finite("value", value)
    x = ops.convert_to_tensor(x)
    exact = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
    result = piecewise_linear(exact, knots, slopes, value)
    for knot, change in zip(knots, np.diff(slopes).tolist()):
        if change:
            offset = exact - knot
            # Not `ops.absolute`, whose derivative at 0 is 0.
            distance = ops.where(offset > 0, offset, -offset)
            result = result + change * width * excess(distance / width)
    return ops.cast(result, x.dtype)


def piecewise_linear(x, knots, slopes, value):
    """The function itself, whose derivative at a knot is that on the left."""
    result = value + slopes[0] * ops.where(x > knots[0], 0.0, x - knots[0])
    for knot, end, slope in zip(knots, knots[1:] + [None], slopes[1:]):
        if slope:
            way = ops.where(x > knot, x - knot, 0.0)
            if end is not None:
                way = ops.where(x > end, end - knot, way)
            result = result + slope * way
    return result


@keras.saving.register_keras_serializable(package="keras_addons")
def smooth_relu(x, negative_slope=0.0, kernel="gaussian", width=1.0):
    """Smooths ReLU or leaky ReLU with a kernel.

    `smooth_piecewise_linear` with one knot at 0. With the Gaussian kernel it
    is SAU, `((1 + a) x + (1 - a) (x erf(x / (sqrt(2) w)) + sqrt(2 / pi) w
    exp(-x^2 / (2 w^2)))) / 2` for a slope `a` and a width `w`; its slope is
    `a + (1 - a) Phi(x / w)`, its value at 0 `(1 - a) w / sqrt(2 pi)`. With the
    logistic kernel it is `width softplus(x / width)` if `a = 0`. With the
    Cauchy kernel it is 0 at 0, and `(1 - a) (width / pi) log(|x| / width)`
    below the ReLU far away.

    Args:
        x: float tensor.
        negative_slope: number, the slope far to the left. Defaults to 0.
        kernel: "gaussian", "logistic" or "cauchy". Defaults to "gaussian".
        width: positive number, the scale of the kernel. Defaults to 1.

    Returns:
        Tensor of the shape and dtype of `x`.

    Raises:
        ValueError: `negative_slope`, `kernel` or `width` is none.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import smooth_relu
    >>> points = np.array([-4.0, 0.0, 4.0], "float32")
    >>> leaky = smooth_relu(points, negative_slope=0.25, width=0.5)
    >>> keras.ops.convert_to_numpy(leaky).round(4)  # 0.75 * 0.5 / 2.5066
    array([-1.    ,  0.1496,  4.    ], dtype=float32)

    Reference:
        [Biswas et al., 2021](https://arxiv.org/abs/2109.13210),
        https://kexue.fm/archives/8718
    """
    check_finite("negative_slope", negative_slope)
    return smooth_piecewise_linear(x, [0.0], [negative_slope, 1], kernel, width)


def check_finite(name, number):
    is_number = isinstance(number, numbers.Real) and not isinstance(
        number, bool
    )
    if not (is_number and np.isfinite(number)):
        raise ValueError(f"`{name}` must be a number. Received: {number!r}")


def checked(knots, slopes):
    """Returns knots and slopes as lists of floats."""
    for name, numbers_given in (("knots", knots), ("slopes", slopes)):
        array = np.asarray(numbers_given)
        is_list = array.ndim == 1 and array.size and array.dtype.kind in "iuf"
        if not is_list or not np.all(np.isfinite(array)):
            raise ValueError(
                f"`{name}` must be a list of numbers. "
                f"Received: {numbers_given!r}"
            )
    if np.any(np.diff(knots) <= 0):
        raise ValueError(f"`knots` must ascend. Received: {knots!r}")
    if len(slopes) != len(knots) + 1:
        raise ValueError(
            f"`slopes` must be {len(knots) + 1}, one more than knots. "
            f"Received: {len(slopes)}"
        )
    return [float(each) for each in knots], [float(each) for each in slopes]
