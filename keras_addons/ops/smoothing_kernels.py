"""Kernels that smooth a function: densities that are even and narrow.

`f` smoothed is `g(x) = int f(y) phi(x - y) dy`, where `phi` is the kernel. A
step becomes the distribution function of the kernel. Its integral is a smooth
ReLU, which is above the ReLU by an amount that depends on the distance to the
corner alone. As smoothing is linear, these two suffice for all functions that
are straight between steps and corners. All here is of a width of 1.
"""

import math
from typing import NamedTuple

from keras import ops


class Kernel(NamedTuple):
    """What a kernel makes of a step and of a corner.

    Args:
        step: function of a tensor, the integral of the density, from 0 to 1.
        excess: function of a tensor of distances >= 0, how far the second
            integral of the density is above a ReLU.
        reach: number. From there on the step is 0 or 1 in float32; infinite
            if it never is.
    """

    step: object
    excess: object
    reach: float


def gaussian_step(x):
    return 0.5 * (1.0 + ops.erf(x * math.sqrt(0.5)))


def gaussian_excess(distance):
    distance = ops.minimum(distance, 30.0)  # 0 from 14 on, the square finite
    density = ops.exp(-0.5 * ops.square(distance)) / math.sqrt(2.0 * math.pi)
    beyond = 0.5 * (1.0 - ops.erf(distance * math.sqrt(0.5)))
    return density - distance * beyond


def logistic_excess(distance):
    return ops.log1p(ops.exp(-distance))


def cauchy_step(x):
    return 0.5 + ops.arctan(x) / math.pi


def cauchy_excess(distance):
    # The density falls with 1 / x^2 and has no mean: a ReLU smoothed is
    # infinite. What is left without an infinite constant is the integral of
    # the step from 0. The constants of corners cancel where the slopes on
    # both outer sides are equal.
    is_far = distance > 1.0
    outside = ops.where(is_far, distance, 1.0)
    # log(1 + x^2), of which x^2 may be above all floats.
    ratio = ops.where(is_far, 1.0 / outside, distance)
    log_of_square = 2.0 * ops.log(outside) + ops.log1p(ops.square(ratio))
    # 1/2 - arctan(x) / pi without cancellation: arctan(1 / x) / pi.
    beyond = ops.where(
        is_far, ops.arctan(ratio), 0.5 * math.pi - ops.arctan(ratio)
    )
    return -(distance * beyond + 0.5 * log_of_square) / math.pi


KERNELS = {
    "gaussian": Kernel(gaussian_step, gaussian_excess, 6.0),
    "logistic": Kernel(ops.sigmoid, logistic_excess, 18.0),
    "cauchy": Kernel(cauchy_step, cauchy_excess, math.inf),
}


def kernel_of(name):
    """Finds a kernel by its name.

    Raises:
        ValueError: there is none of this name.
    """
    if not isinstance(name, str) or name not in KERNELS:
        raise ValueError(
            f"`kernel` must be one of {', '.join(map(repr, KERNELS))}. "
            f"Received: {name!r}"
        )
    return KERNELS[name]
