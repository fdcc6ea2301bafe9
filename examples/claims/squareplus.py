"""8833: SquarePlus is cheaper than softplus."""

import time

import keras
import numpy as np

from examples.claims.claim import Claim
from examples.claims.claim import verdict
from keras_addons import ops

ROUNDS, SIZE = 40, 1_000_000


def measure(data_dir):
    """The ratio of times, alternated in one run."""
    x = keras.ops.convert_to_tensor(
        np.random.default_rng(0).normal(size=SIZE).astype("float32") * 3
    )
    functions = (ops.squareplus, keras.ops.softplus)
    ratios = []
    for round_number in range(ROUNDS + 3):
        ours, theirs = (seconds(function, x) for function in functions)
        if round_number >= 3:  # the first ones compile
            ratios.append(ours / theirs)
    low, middle, high = np.percentile(ratios, [10, 50, 90])
    return [
        Claim(
            8833,
            "SquarePlus is cheaper than softplus",
            verdict(middle < 1, middle - 1, np.std(ratios) / ROUNDS**0.5),
            f"forward pass of {SIZE:,} numbers, not compiled, "
            f"time to softplus: median "
            f"{middle:.2f}, tenths {low:.2f} and {high:.2f}",
        )
    ]


def seconds(function, x):
    start = time.perf_counter()
    keras.ops.convert_to_numpy(function(x))
    return time.perf_counter() - start
