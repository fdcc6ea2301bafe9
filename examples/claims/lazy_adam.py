"""6869: lazy Adam beats Adam where most rows of the embedding are rare."""

import keras
import numpy as np

from examples.claims.claim import Claim
from examples.claims.claim import difference
from examples.claims.claim import spread
from examples.claims.titles import pairs_too
from examples.claims.titles import titles
from examples.claims.training import bag_of_parts
from examples.claims.training import trained
from keras_addons.optimizers import LazyOptimizer

SEEDS, EPOCHS, LENGTH = range(3), 10, 64
ADAM = keras.optimizers.Adam
ARMS = {
    "Adam": lambda: ADAM(1e-3),
    "LazyOptimizer(Adam)": lambda: LazyOptimizer(ADAM(1e-3)),
    "with update_slots, as in the post": lambda: LazyOptimizer(
        ADAM(1e-3), update_slots=True
    ),
}


def measure(data_dir):
    """The best dev accuracy of each arm, as in the post, and the last.

    The verdict is about the mean of the two lazy arms.
    """
    train, dev, size = titles(data_dir, pairs_too, LENGTH, at_least=2)
    best, texts = {}, []
    for name, make in ARMS.items():
        runs = [run(make(), size, train, dev, seed) for seed in SEEDS]
        best[name] = [max(run) for run in runs]
        last = [run[-1] for run in runs]
        texts.append(f"{name} {spread(best[name])} ({spread(last)})")
    adam, lazy, of_the_post = best.values()
    return [
        Claim(
            6869,
            "lazy Adam beats Adam on a vocabulary with a long tail",
            difference(np.mean([lazy, of_the_post], axis=0), adam),
            f"TNEWS, {len(train.ids):,} titles, {size:,} characters and "
            f"pairs, mean of their vectors; best dev accuracy of {EPOCHS} "
            f"epochs (that of the last one): {'; '.join(texts)}",
        )
    ]


def run(optimizer, size, train, dev, seed):
    keras.utils.set_random_seed(seed)
    history = trained(
        bag_of_parts(size), optimizer, train, EPOCHS, validation_data=dev
    )
    return history["val_accuracy"]
