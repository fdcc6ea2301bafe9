"""1065: extrema of nature, found by optimizers.

The weighted Fermat point makes `k1 AP + k2 BP + k3 CP` least: three weights
on strings balance there. The brachistochrone is the curve of least time under
gravity, a cycloid.
"""

import keras
import numpy as np
from keras import ops as kops

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import Claim
from keras_addons import optimizers

STEPS, NUM_NODES = 3000, 32
CORNERS = np.array([[0.0, 0.0], [4.0, 0.0], [1.0, 3.0]])
# In the last one the first string outweighs the other two: the vertex wins.
WEIGHTS = ((1.0, 1.0, 1.0), (1.3, 1.0, 1.2), (3.0, 1.0, 1.2))
# From rest to the lowest point of a cycloid of radius 1, with g = 1.
NODES = np.pi * (np.arange(NUM_NODES + 1) / NUM_NODES) ** 2
LEAST_TIME = np.pi


def optimizers_of_the_package():
    """The optimizers by name, with rates that fall to zero."""

    def rate(start):
        return keras.optimizers.schedules.CosineDecay(start, STEPS)

    return {
        "Adam": keras.optimizers.Adam(rate(0.03)),
        "Lookahead(Adam)": optimizers.Lookahead(
            keras.optimizers.Adam(rate(0.05))
        ),
        "AdaFactor": optimizers.AdaFactor(
            rate(0.03), multiply_by_parameter_scale=False
        ),
        "Tiger": optimizers.Tiger(rate(0.03), weight_decay=0.0),
        "LayerAdaptation(Adam)": optimizers.LayerAdaptation(
            keras.optimizers.Adam(rate(0.03))
        ),
    }


class Extremum(keras.Model):
    """A model without inputs: its output is a function of its weight."""

    def __init__(self, function, start):
        super().__init__()
        self.function = function
        self.unknown = self.add_weight(
            shape=start.shape,
            initializer=lambda shape, dtype: kops.cast(start, dtype),
            name="unknown",
        )

    def call(self, inputs):
        return inputs + self.function(self.unknown)


def least(function, start, optimizer):
    """Returns where `function` is least, found in `STEPS` steps from `start`.

    Args:
        function: of a tensor like `start`, returns a scalar.
        start: array.
        optimizer: Keras optimizer.
    """
    model = Extremum(function, np.asarray(start, "float32"))
    model.compile(optimizer, lambda target, value: kops.mean(value))
    nothing = np.zeros((STEPS, 1), "float32")
    model.fit(nothing, nothing, batch_size=1, verbose=0)
    return kops.convert_to_numpy(model.unknown).astype("float64")


def pull(weights, tiny=1e-12):
    """`k1 AP + k2 BP + k3 CP`; smooth within `sqrt(tiny)` of a corner."""
    corners = kops.cast(CORNERS, "float32")

    def function(point):
        squares = kops.sum(kops.square(point - corners), axis=-1)
        return kops.sum(kops.multiply(weights, kops.sqrt(squares + tiny)))

    return function


def forces(point, weights):
    """The pull of each string, (3, 2), zero where it has no length."""
    away = CORNERS - point
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    return np.array(weights)[:, None] * away / np.maximum(lengths, 1e-300)


def exact_point(weights):
    """The weighted Fermat point: a corner that holds, or Newton's method."""
    for corner, weight in zip(CORNERS, weights):
        if np.linalg.norm(forces(corner, weights).sum(0)) <= weight:
            return corner
    point = CORNERS.mean(0)
    for _ in range(50):
        away = CORNERS - point
        lengths = np.linalg.norm(away, axis=1)
        units = away / lengths[:, None]
        across = np.eye(2) - units[:, :, None] * units[:, None, :]
        stiffness = np.array(weights) / lengths
        hessian = (stiffness[:, None, None] * across).sum(0)
        step = np.linalg.solve(hessian, forces(point, weights).sum(0))
        point = point + step
    return point


def cycloid(x):
    """Depth of the cycloid `x = t - sin t, y = 1 - cos t` at each `x`."""
    low, high = np.zeros_like(x), np.full_like(x, np.pi)
    for _ in range(60):
        middle = (low + high) / 2
        is_left = middle - np.sin(middle) < x
        low = np.where(is_left, middle, low)
        high = np.where(is_left, high, middle)
    return 1 - np.cos(low)


def travel_time(log_depths):
    """Time along straight pieces through inner nodes of these depths.

    Gravity is constant, so the speed grows evenly on a straight piece: its
    time is its length over the mean of the speeds `sqrt(2 depth)` at its ends.
    Logarithms, since no node may be as high as the start.
    """
    depths = kops.exp(log_depths)
    ends = kops.concatenate([kops.zeros((1,)), depths, kops.full((1,), 2.0)])
    speeds = kops.sqrt(2 * ends[1:])  # the first one starts at rest
    before = kops.concatenate([kops.zeros((1,)), speeds[:-1]])
    widths = kops.cast(np.diff(NODES), "float32")
    lengths = kops.sqrt(kops.square(widths) + kops.square(kops.diff(ends)))
    return kops.sum(2 * lengths / (before + speeds))


def number(tensor):
    return float(kops.convert_to_numpy(tensor))


def measure(data_dir):
    """Distances to the exact answers, for each optimizer."""
    return [fermat_points(), brachistochrone()]


def fermat_points():
    texts, worst = [], 0.0
    for name in optimizers_of_the_package():
        errors, balance = [], []
        for weights in WEIGHTS:
            optimizer = optimizers_of_the_package()[name]
            found = least(pull(weights), CORNERS.mean(0), optimizer)
            errors.append(np.abs(found - exact_point(weights)).max())
            balance.append(np.linalg.norm(forces(found, weights).sum(0)))
        worst = max(worst, *errors)
        texts.append(
            f"{name} {max(errors[:2]):.0e}, {errors[2]:.0e} (force left over "
            f"inside {max(balance[:2]):.0e})"
        )
    return Claim(
        1065,
        "k1 AP + k2 BP + k3 CP is least where the forces k1, k2, k3 balance, "
        "or at a vertex that outweighs the others",
        HOLDS if worst < 1e-3 else DOES_NOT,
        f"distance to Newton's answer inside the triangle (2 cases), to the "
        f"vertex (1 case), after {STEPS} steps: {'; '.join(texts)}",
    )


def brachistochrone():
    exact = cycloid(NODES[1:-1])
    straight = NODES[1:-1] * 2 / np.pi
    start, best = (
        number(travel_time(kops.cast(np.log(depths), "float32")))
        for depths in (straight, exact)
    )
    texts, worst = [], 0.0
    for name, optimizer in optimizers_of_the_package().items():
        found = least(travel_time, np.log(straight), optimizer)
        time = number(travel_time(kops.cast(found, "float32")))
        worst = max(worst, time / LEAST_TIME - 1)
        off = np.abs(np.exp(found) - exact).max()
        texts.append(f"{name} {time:.4f}, {off:.3f}")
    return Claim(
        1065,
        "the curve of least time is a cycloid",
        HOLDS if worst < 2e-3 else DOES_NOT,
        f"time of {NUM_NODES} straight pieces and largest distance from the "
        f"cycloid (depth 2) after {STEPS} steps from a straight line: "
        f"{'; '.join(texts)}; straight line {start:.4f}, {NUM_NODES} pieces "
        f"between points of the cycloid {best:.4f}, cycloid pi",
    )
