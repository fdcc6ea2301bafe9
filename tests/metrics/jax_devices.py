"""Correlates the rows of eight JAX devices; it must be that of all rows.

A program of its own: the number of devices is fixed once JAX has started.
"""

import sys

import keras
import numpy as np

from keras_addons.metrics import Spearman
from keras_addons.metrics import spearman

if __name__ == "__main__":
    devices = keras.distribution.list_devices("cpu")
    assert len(devices) == 8
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices)
    )
    random = np.random.default_rng(0)
    x = random.normal(size=(48, 4)).astype("float32")
    y = random.integers(0, 6, 48).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Spearman(max_rows=50)])
    scores = model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    expected = spearman(model.predict(x, batch_size=16, verbose=0)[:, 0], y)
    print(scores["spearman"], expected)
    sys.exit(0 if abs(scores["spearman"] - expected) < 1e-6 else 1)
