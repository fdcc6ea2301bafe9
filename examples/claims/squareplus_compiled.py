"""8833: SquarePlus and softplus as XLA compiles them."""

import time
from functools import partial

import keras
import numpy as np

from examples.claims.claim import Claim
from examples.claims.claim import verdict
from examples.claims.squareplus import SIZE
from examples.claims.squareplus import ratio
from keras_addons import ops


def measure(data_dir):
    """The ratio of times of compiled models, alternated in one run."""
    x = np.random.default_rng(0).normal(size=(1, SIZE)).astype("float32") * 3
    x = keras.ops.convert_to_tensor(x)
    models = [compiled(f) for f in (ops.squareplus, keras.ops.softplus)]
    low, middle, high, error = ratio(
        *(partial(seconds, model, x) for model in models)
    )
    return [
        Claim(
            8833,
            "SquarePlus is cheaper than softplus, compiled",
            verdict(middle < 1, middle - 1, error),
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
