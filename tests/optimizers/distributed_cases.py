"""The optimizers that are trained on several devices, in every way."""

import keras

from keras_addons import optimizers
from tests.optimizers.catalog import CLASSES
from tests.optimizers.catalog import make

# With something left over, or between two periods, after 4 and after 7 steps.
OPTIONS = {
    "AccumulatedAdam": {"steps": 3},
    "AccumulatedSGD": {"steps": 3},
    # Signs of what should be zero depend on the rounding of a sum.
    "EGDD": {"normalized": False},
    "ExponentialMovingAverage": {"momentum": 0.5},
    "GradientAccumulation": {"steps": 3},
    "Lookahead": {"sync_period": 3},
    "Tiger": {"steps": 3},
}
CASES = {
    name: lambda name=name: make(
        name, inner=keras.optimizers.Adam, options=OPTIONS.get(name)
    )
    for name in CLASSES
    # Refused under strategies of TensorFlow, and random.
    if name != "StochasticRounding"
}
CASES |= {
    "three deep": lambda: optimizers.Lookahead(
        optimizers.GradientAccumulation(optimizers.LazyOptimizer("adam"), 2), 2
    ),
    "four deep": lambda: optimizers.ExponentialMovingAverage(
        optimizers.LayerAdaptation(
            optimizers.WeightDecay(
                optimizers.GradientAccumulation("adam", 3), rate=0.1
            )
        ),
        momentum=0.5,
    ),
}
