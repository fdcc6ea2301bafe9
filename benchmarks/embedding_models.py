"""Ordinary models around `keras.layers.Embedding`, and batches of few ids."""

import keras
import numpy as np
from keras import layers

DIM, BATCH, LENGTH = 128, 32, 64


def sequential(num_rows):
    return keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            layers.Embedding(num_rows, DIM),
            layers.GlobalAveragePooling1D(),
            layers.Dense(1),
        ]
    )


def with_second_input(num_rows):
    ids, others = keras.Input((LENGTH,), dtype="int32"), keras.Input((8,))
    vectors = layers.Embedding(num_rows, DIM)(ids)
    vectors = layers.GlobalAveragePooling1D()(vectors)
    features = layers.Concatenate()([vectors, others])
    features = layers.Dense(32, "relu")(features)
    return keras.Model([ids, others], layers.Dense(1)(features))


def with_three_tables(num_rows):
    ids = keras.Input((LENGTH,), dtype="int32")
    vectors = [
        layers.Embedding(size, DIM)(ids % size)
        for size in (num_rows, num_rows // 2, 1000)
    ]
    vectors = layers.GlobalAveragePooling1D()(layers.Add()(vectors))
    return keras.Model(ids, layers.Dense(1)(vectors))


# A name, the model, and `jit_compile`, which "auto" leaves off on a CPU.
MODELS = {
    "Sequential": (sequential, "auto"),
    "Sequential, XLA": (sequential, True),
    "second input": (with_second_input, "auto"),
    "three tables": (with_three_tables, "auto"),
}


def batches(model, num_rows, num_batches):
    """A list of (inputs, targets) with ids of all rows."""
    random = np.random.default_rng(0)

    def batch():
        ids = random.integers(0, num_rows, (BATCH, LENGTH)).astype("int32")
        others = random.normal(size=(BATCH, 8)).astype("float32")
        inputs = ids if len(model.inputs) == 1 else (ids, others)
        return inputs, random.normal(size=(BATCH, 1)).astype("float32")

    return [batch() for _ in range(num_batches)]
