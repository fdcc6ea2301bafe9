"""9736: rare rows of an embedding drift under Lion, not under lazy Lion.

The sign of a momentum stays what it is however small the momentum becomes, so
a row is moved by a whole learning rate in every step, also in those that have
nothing of it in the batch.
"""

import keras
import numpy as np
from keras import ops as kops

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import Claim
from examples.claims.claim import spread
from examples.claims.titles import pairs_too
from examples.claims.titles import titles
from examples.claims.training import bag_of_parts
from examples.claims.training import trained
from keras_addons.optimizers import LazyOptimizer

SEEDS, EPOCHS, LENGTH, RATE = range(3), 6, 64, 3e-4
ARMS = {
    "Lion": lambda: keras.optimizers.Lion(RATE),
    "LazyOptimizer(Lion)": lambda: LazyOptimizer(keras.optimizers.Lion(RATE)),
    "Adam": lambda: keras.optimizers.Adam(RATE),
}


def measure(data_dir):
    """How far rows move for each time that they were in a batch."""
    train, dev, size = titles(data_dir, pairs_too, LENGTH, at_least=2)
    counts = np.bincount(train.ids.ravel(), minlength=size)
    rare = np.flatnonzero(counts == 2)
    steps, texts = {}, []
    for name, make in ARMS.items():
        runs = [run(make(), size, train, dev, seed, rare) for seed in SEEDS]
        steps[name], accuracies = zip(*runs)
        texts.append(
            f"{name} {spread(steps[name], 2)}, dev accuracy "
            f"{spread(accuracies)}"
        )
    # A lazy row moves by a learning rate at most when it is in a batch.
    is_bounded = max(steps["LazyOptimizer(Lion)"]) <= 1
    return [
        Claim(
            9736,
            "rare rows drift under Lion, lazy ones do not",
            HOLDS if is_bounded and min(steps["Lion"]) > 2 else DOES_NOT,
            f"TNEWS, {len(rare):,} of {size:,} characters and pairs that occur "
            f"twice, {EPOCHS} epochs: mean |change| in learning rates for each "
            f"time in a batch: {'; '.join(texts)}",
        )
    ]


def run(optimizer, size, train, dev, seed, rare):
    keras.utils.set_random_seed(seed)
    model = bag_of_parts(size)
    table = model.layers[0].embeddings
    before = np.array(kops.convert_to_numpy(table))
    trained(model, optimizer, train, EPOCHS)
    moved = np.abs(kops.convert_to_numpy(table) - before)[rare]
    accuracy = model.evaluate(*dev, verbose=0)[1]
    return moved.mean() / RATE / (2 * EPOCHS), accuracy
