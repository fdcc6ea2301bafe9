"""8833: SquarePlus is cheaper than softplus."""

import time
from functools import partial

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
    low, middle, high, error = ratio(
        *(partial(seconds, function, x) for function in functions)
    )
    return [
        Claim(
            8833,
            "SquarePlus is cheaper than softplus",
            verdict(middle < 1, middle - 1, error),
            f"forward pass of {SIZE:,} numbers, not compiled, "
            f"time to softplus: median "
            f"{middle:.2f}, tenths {low:.2f} and {high:.2f}",
        )
    ]


def ratio(ours, theirs):
    """Alternates two functions that return seconds.

    Returns:
        The tenth, median and ninetieth percentile of the ratios of times, and
        the standard error of their mean.
    """
    ratios = [ours() / theirs() for _ in range(ROUNDS + 3)]
    ratios = ratios[3:]  # the first ones compile
    error = np.std(ratios) / ROUNDS**0.5
    return (*np.percentile(ratios, [10, 50, 90]), error)


def seconds(function, x):
    start = time.perf_counter()
    keras.ops.convert_to_numpy(function(x))
    return time.perf_counter() - start
