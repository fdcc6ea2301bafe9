"""Trainings of 16-bit weights that two test modules share."""

import keras
import numpy as np
from keras import ops

from keras_addons import optimizers
from tests.optimizers.catalog import CLASSES
from tests.optimizers.catalog import make

RANDOM = np.random.default_rng(0)
HALVES = ("bfloat16", "float16")
KERAS = ("Adam", "AdamW", "Nadam", "Lamb", "Lion", "Muon", "RMSprop", "SGD")
OUTSIDE = {"MasterWeights", "StochasticRounding", "ExponentialMovingAverage"}
# What the masters are to be stepped by, and no averages: those stay outside.
INSIDE = {
    name: lambda name=name: make(name, inner=keras.optimizers.Adam)
    for name in CLASSES
    if name not in OUTSIDE
}
INSIDE |= {
    name: lambda name=name: getattr(keras.optimizers, name)(0.01)
    for name in KERAS
}
NESTINGS = {
    "four deep": lambda: optimizers.SkipNonFinite(
        optimizers.Lookahead(
            optimizers.WeightDecay(
                optimizers.GradientAccumulation(keras.optimizers.Adam(0.1), 2),
                *(0.1, ["bias"]),
            ),
            2,
        )
    ),
    "lazy": lambda: optimizers.LearningRateMultiplier(
        optimizers.LazyOptimizer(keras.optimizers.Adam(0.05)),
        {"embeddings": 2.0},
    ),
}
START = [RANDOM.normal(size=(5, 3)), RANDOM.normal(size=(3, 2)), np.ones(2)]


def rounded(array, dtype):
    """The nearest numbers of `dtype`, in float32."""
    array = np.asarray(array, "float32")
    return numpy(ops.cast(ops.cast(array, dtype), "float32"))


def numpy(tensor):
    return np.array(ops.convert_to_numpy(ops.cast(tensor, "float32")))


def new_variables(dtype, start_dtype=None):
    """In `dtype`, at numbers that `start_dtype` has."""
    names = ("embeddings", "kernel", "bias")
    return [
        keras.Variable(
            rounded(value, start_dtype or dtype), dtype=dtype, name=name
        )
        for value, name in zip(START, names)
    ]


def gradients(dtype, num_steps=4):
    """Of each step, numbers that `dtype` has."""
    random = np.random.default_rng(1)
    return [
        [rounded(random.normal(size=v.shape), dtype) for v in START]
        for _ in range(num_steps)
    ]


FEATURES = RANDOM.normal(size=(64, 5))
TARGETS = FEATURES @ RANDOM.normal(size=(5, 1)) + RANDOM.normal(size=(64, 1))


def loss_after_training(optimizer, dtype, num_steps=24):
    """Least squares with noise, on weights as the model has them."""
    kernel = keras.Variable(np.ones((5, 1)), dtype=dtype, name="embeddings")
    bias = keras.Variable(np.ones(1), dtype=dtype, name="bias")
    for _ in range(num_steps):
        error = FEATURES @ numpy(kernel) + numpy(bias) - TARGETS
        slopes = FEATURES.T @ error / 64, error.mean(axis=0)
        optimizer.apply([ops.cast(s, dtype) for s in slopes], [kernel, bias])
    error = FEATURES @ numpy(kernel) + numpy(bias) - TARGETS
    return np.mean(error**2)
