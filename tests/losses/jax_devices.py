"""Trains with the losses on one JAX device and on eight; they must agree.

A program of its own: the number of devices is fixed once JAX has started.
"""

import sys

import keras
import numpy as np

from tests.losses.cases import DISTRIBUTED
from tests.losses.cases import fitted

if __name__ == "__main__":
    devices = keras.distribution.list_devices("cpu")
    assert len(devices) == 8
    alone, _ = fitted(DISTRIBUTED)
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices)
    )
    together, _ = fitted(DISTRIBUTED)  # a row of each step on each device
    differences = [
        np.abs(one - other).max()
        for one, other in zip(alone.get_weights(), together.get_weights())
    ]
    print(max(differences))
    sys.exit(1 if max(differences) > 1e-5 else 0)
