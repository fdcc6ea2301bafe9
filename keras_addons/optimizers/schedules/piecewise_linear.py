"""Straight lines between points: warm-up, decay and anything between."""

import numbers
from itertools import pairwise

import keras
from keras import ops

from keras_addons.arguments import check_number


def interpolate(step, points):
    """Returns the height at `step` of the lines through sorted points."""
    height = points[-1][1] * ops.ones_like(step)
    for (start, from_height), (end, to_height) in pairwise(points):
        fraction = (step - start) / (end - start)
        # A mean of both ends: rounding never carries it below zero.
        line = (1 - fraction) * from_height + fraction * to_height
        is_inside = ops.logical_and(step >= start, step < end)
        height = ops.where(is_inside, line, height)
    return height


def checked_points(points):
    """Returns a dict of whole steps and factors, sorted, that starts at 0."""
    try:
        pairs = dict(points)
    except (TypeError, ValueError):
        pairs = {}
    if not pairs:
        raise ValueError(
            "`points` must be a dict {step: factor} with at least one step. "
            f"Received: {points!r}"
        )
    for step, factor in pairs.items():
        whole = isinstance(step, numbers.Integral) and step >= 0
        if not whole or isinstance(step, bool):
            raise ValueError(
                "The steps of `points` must be integers of at least 0. "
                f"Received: {step!r}"
            )
        check_number(f"points[{step}]", factor, 0)
    pairs = {int(step): float(factor) for step, factor in pairs.items()}
    return dict(sorted({0: 0.0, **pairs}.items()))


@keras.saving.register_keras_serializable(package="keras_addons")
class PiecewiseLinear(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that runs in straight lines between given points.

    With the points `(t_i, f_i)`, for a step `t` in `[t_i, t_{i + 1})`:

        rate = learning_rate * (f_i + (f_{i + 1} - f_i) * (t - t_i)
                                / (t_{i + 1} - t_i))

    and after the last point its `learning_rate * f`. The lines start at
    `(0, 0)`, a warm-up, unless 0 is among the steps. Costs no memory.

    Warm-up and linear decay is `PiecewiseLinear({1000: 1e-3, 10000: 0})`.
    For warm-up and cosine decay Keras has
    `keras.optimizers.schedules.CosineDecay(0.0, 9000, warmup_target=1e-3,
    warmup_steps=1000)`. Both give the first update the rate 0, since Keras
    counts steps from 0.

    Args:
        points: dict {step: factor} with integer steps >= 0 and factors >= 0,
            in any order; or a list of such pairs, which is how it is saved,
            since JSON would make the steps strings. With the default
            `learning_rate` the factors are the rates.
        learning_rate: float >= 0 that multiplies all factors, as the learning
            rate of the optimizer does in bert4keras.

    Call arguments:
        step: scalar, the number of updates made so far; or an array of such
            numbers, to plot the schedule.

    Returns:
        The learning rate, a float32 tensor of the shape of `step`.

    Raises:
        ValueError: if there are no points, a step is not an integer >= 0, or
            a factor or the learning rate is not a number >= 0.

    Example:

    >>> schedule = PiecewiseLinear({1000: 1.0, 2000: 0.5}, learning_rate=0.1)
    >>> [round(float(schedule(t)), 4) for t in (0, 500, 1000, 1500, 9000)]
    [0.0, 0.05, 0.1, 0.075, 0.05]
    >>> optimizer = keras.optimizers.Adam(schedule)

    Reference:
        https://kexue.fm/archives/7094; `extend_with_piecewise_linear_lr` of
        bert4keras.
    """

    def __init__(self, points, learning_rate=1.0):
        check_number("learning_rate", learning_rate, 0)
        self.points = checked_points(points)
        self.learning_rate = float(learning_rate)

    def __call__(self, step):
        step = ops.cast(step, "float32")
        points = [
            (start, self.learning_rate * factor)
            for start, factor in self.points.items()
        ]
        return interpolate(step, points)

    def get_config(self):
        return {
            "points": [list(point) for point in self.points.items()],
            "learning_rate": self.learning_rate,
        }
