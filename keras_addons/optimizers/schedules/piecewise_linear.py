"""Piecewise linear learning rate schedule: warm-up and decay."""

import numbers
from itertools import pairwise

import keras
from keras import ops

from keras_addons.arguments import check_number


def interpolate(step, points):
    """Interpolates linearly between sorted points; constant after the last."""
    height = points[-1][1] * ops.ones_like(step)
    for (start, from_height), (end, to_height) in pairwise(points):
        fraction = (step - start) / (end - start)
        # A weighted mean of both ends, so that rounding never gives < 0.
        line = (1 - fraction) * from_height + fraction * to_height
        is_inside = ops.logical_and(step >= start, step < end)
        height = ops.where(is_inside, line, height)
    return height


def check_points(points):
    """Returns the points as a sorted dict that starts at step 0."""
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
    """Piecewise linear learning rate schedule.

    With points `(t_i, f_i)`, for a step `t` in `[t_i, t_{i + 1})`:

        rate = learning_rate * (f_i + (f_{i + 1} - f_i) * (t - t_i)
                                / (t_{i + 1} - t_i))

    The rate is constant after the last point. Unless 0 is among the steps,
    the first point is `(0, 0)`, which makes the first line a warm-up.

    Warm-up and linear decay: `PiecewiseLinear({1000: 1e-3, 10000: 0})`. For
    warm-up and cosine decay use `keras.optimizers.schedules.CosineDecay(0.0,
    9000, warmup_target=1e-3, warmup_steps=1000)`. In both, the first update
    has the rate 0, since Keras counts steps from 0.

    Args:
        points: dict {step: factor} with integer steps >= 0 and factors >= 0,
            in any order; or a list of such pairs (the config holds a list,
            since JSON would turn steps into strings). With the default
            `learning_rate` the factors are the rates.
        learning_rate: float >= 0, multiplies all factors. Defaults to 1.

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
        https://kexue.fm/archives/7094
    """

    def __init__(self, points, learning_rate=1.0):
        check_number("learning_rate", learning_rate, 0)
        self.points = check_points(points)
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
