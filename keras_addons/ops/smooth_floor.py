"""A smooth staircase: floor smoothed by a kernel."""

import math

import keras
from keras import ops

from keras_addons.arguments import check_number
from keras_addons.ops.smoothing_kernels import kernel_of


@keras.saving.register_keras_serializable(package="keras_addons")
def smooth_floor(x, kernel="logistic", width=0.1):
    """Smooths `floor` with a kernel, so that it has a derivative.

    The convolution of `floor` with the kernel of that width: a sum of smooth
    steps at the integers, `sum_(n <= 0) (F((x - n) / width) - 1) +
    sum_(n > 0) F((x - n) / width)` with the distribution function `F` of the
    kernel. Only the steps near `x` differ from 0, so the sum is that of
    `2 ceil(18 width) + 2` steps for the logistic kernel (6 for the Gaussian),
    wherever `x` is: 6 for the default width. The sum over all steps of the
    Cauchy kernel has a closed form: `x - 1/2 + arctan(q sin(2 pi x) /
    (1 - q cos(2 pi x))) / pi` with `q = exp(-2 pi width)`.

    Halfway between integers it is exact, at an integer half a step below.
    For a width of 1 or more hardly any steps are left: `x - 1/2`.

    Args:
        x: float tensor.
        kernel: "gaussian", "logistic" or "cauchy". Defaults to "logistic".
        width: positive number, the scale of the kernel. Defaults to 0.1.

    Returns:
        Tensor of the shape and dtype of `x`.

    Raises:
        ValueError: `kernel` or `width` is none.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import smooth_floor
    >>> points = np.array([1.5, 1.9, 2.0, 2.1], "float32")
    >>> keras.ops.convert_to_numpy(smooth_floor(points, width=0.05)).round(3)
    array([1.   , 1.119, 1.5  , 1.881], dtype=float32)

    Reference:
        https://kexue.fm/archives/8718
    """
    check_number("width", width, minimum=0, exclusive=True)
    kernel = kernel_of(kernel)
    x = ops.convert_to_tensor(x)
    exact = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
    below = ops.stop_gradient(ops.floor(exact))
    if math.isinf(kernel.reach):
        staircase = of_all_steps(exact - below, width)
    else:
        staircase = of_near_steps(exact - below, kernel, width)
    return ops.cast(below + staircase, x.dtype)


def of_near_steps(x, kernel, width):
    """The steps that are neither 0 nor 1, for `x` in [0, 1)."""
    reach = math.ceil(kernel.reach * width)
    above = sum(kernel.step((x - n) / width) for n in range(1, reach + 2))
    # F(z) - 1 = -F(-z)
    return above - sum(kernel.step((n - x) / width) for n in range(-reach, 1))


def of_all_steps(x, width):
    """The Fourier series of floor, summed: the kernel's is exp(-w |f|)."""
    damping = math.exp(-2.0 * math.pi * width)
    sine = damping * ops.sin(2.0 * math.pi * x)
    cosine = damping * ops.cos(2.0 * math.pi * x)
    return x - 0.5 + ops.arctan(sine / (1.0 - cosine)) / math.pi
