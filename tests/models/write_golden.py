"""Writes models that every later release has to load.

Run once a release:  python -m tests.models.write_golden

The outputs to be expected are those of the release that writes: this is about
compatibility; that they are right is for the other tests to say.
"""

import sys
import zipfile
from pathlib import Path

import keras
import numpy as np

import keras_addons
from keras_addons import layers
from keras_addons import models

FOLDER = Path(__file__).parent / "golden"
TEXTS = {
    "token_ids": np.array([[2, 7, 8, 3, 0, 0], [2, 9, 8, 7, 6, 3]], "int32"),
    "segment_ids": np.array([[0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1]], "int32"),
}


def bert():
    options = {"pooler": "tanh", "attention": "unilm", "with_lm_head": True}
    return models.Bert(20, 2, 2, 8, 16, max_length=8, **options)


def block():
    inputs = keras.Input((None, 8), name="features")
    layer = layers.TransformerBlock(
        layers.MultiHeadAttention(2, rotary=layers.RotaryEmbedding()),
        layers.FeedForward(12),
        dropout=0.1,
        name="block_0",
    )
    last = layers.FirstTokenBlock(layer, name="last")
    return keras.Model({"features": inputs}, {"last": last(layer(inputs))})


CASES = {
    "bert": (bert, TEXTS),
    "block": (block, {"features": np.linspace(-1, 1, 80).reshape(2, 5, 8)}),
}


def outputs_of(model, inputs):
    return {
        name: keras.ops.convert_to_numpy(output)
        for name, output in model(inputs, training=False).items()
    }


def write(folder, name):
    make, inputs = CASES[name]
    model = make()
    for number, weight in enumerate(model.weights):
        noise = keras.random.normal(weight.shape, stddev=0.3, seed=number)
        weight.assign(weight + noise)
    path = folder / f"{name}.keras"
    model.save(path)
    compress(path)
    np.savez_compressed(
        path.with_suffix(".npz"), **inputs, **outputs_of(model, inputs)
    )


def compress(path):
    """Writes the zip file again, compressed."""
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


if __name__ == "__main__":
    folder = FOLDER / keras_addons.__version__
    if folder.exists():
        sys.exit(f"{folder} exists: what was released stays as it is.")
    folder.mkdir(parents=True)
    for name in CASES:
        write(folder, name)
