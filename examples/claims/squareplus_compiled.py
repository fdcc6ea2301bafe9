"""8833: SquarePlus and softplus as XLA compiles them."""

import time

import keras
import numpy as np

from examples.claims.claim import Claim
from examples.claims.claim import verdict
from examples.claims.squareplus import ROUNDS
from examples.claims.squareplus import SIZE
from keras_addons import ops


def measure(data_dir):
    """The ratio of times of compiled models, alternated in one run."""
    x = np.random.default_rng(0).normal(size=(1, SIZE)).astype("float32") * 3
    x = keras.ops.convert_to_tensor(x)
    models = [compiled(f) for f in (ops.squareplus, keras.ops.softplus)]
    ratios = []
    for round_number in range(ROUNDS + 3):
        ours, theirs = (seconds(model, x) for model in models)
        if round_number >= 3:  # the first ones compile
            ratios.append(ours / theirs)
    low, middle, high = np.percentile(ratios, [10, 50, 90])
    return [
        Claim(
            8833,
            "SquarePlus is cheaper than softplus, compiled",
            verdict(middle < 1, middle - 1, np.std(ratios) / ROUNDS**0.5),
            f"`predict_on_batch` of the mean of {SIZE:,} numbers, compiled "
            f"by XLA, time to softplus: median {middle:.2f}, tenths "
            f"{low:.2f} and {high:.2f}",
        )
    ]


def compiled(function):
    """A model of the mean of `function`: one loop, and one number back."""
    inputs = keras.Input((SIZE,))
    outputs = keras.layers.Activation(function)(inputs)
    model = keras.Model(inputs, keras.ops.mean(outputs, axis=-1))
    model.compile(jit_compile=True)
    return model


def seconds(model, x):
    start = time.perf_counter()
    model.predict_on_batch(x)
    return time.perf_counter() - start
