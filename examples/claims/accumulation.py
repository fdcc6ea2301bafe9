"""6794, 8634: accumulated gradients against large and against small batches.

The images come one at a time: at once a step each, or as steps of sums, which
a wrapper holds (6794) or the moments of Adam themselves (8634).
"""

import keras
import numpy as np

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import Claim
from examples.claims.claim import difference
from examples.claims.claim import spread
from examples.claims.digits import SIZE
from examples.claims.digits import digits
from examples.claims.training import trained
from keras_addons.optimizers import AccumulatedAdam
from keras_addons.optimizers import GradientAccumulation

SEEDS, EPOCHS, RATE = range(3), 8, 3e-3
NUM_IMAGES, LARGE = 1000, 20
ACCUMULATED = f"batch 1, GradientAccumulation of {LARGE}"
ARMS = {
    f"batch {LARGE}": (LARGE, lambda: keras.optimizers.Adam(RATE)),
    "batch 1": (1, lambda: keras.optimizers.Adam(RATE)),
    ACCUMULATED: (
        1,
        lambda: GradientAccumulation(keras.optimizers.Adam(RATE), LARGE),
    ),
    f"batch 1, AccumulatedAdam of {LARGE}": (
        1,
        lambda: AccumulatedAdam(RATE, steps=LARGE),
    ),
    # Its steps are shorter, where noise dominates by this factor.
    f"the same, rate {RATE * LARGE**0.5:.4f}": (
        1,
        lambda: AccumulatedAdam(RATE * LARGE**0.5, steps=LARGE),
    ),
}


def measure(data_dir):
    """Training loss and accuracy on new images after equally many epochs."""
    train, dev = digits(NUM_IMAGES, 0), digits(NUM_IMAGES, 1)
    runs = {
        name: np.array([run(*arm, train, dev, seed) for seed in SEEDS]).T
        for name, arm in ARMS.items()
    }
    setting = (
        f"{NUM_IMAGES:,} drawn digits, a hidden layer, Adam {RATE}, {EPOCHS} "
        "epochs"
    )
    losses = {name: each[0] for name, each in runs.items()}
    scores = {name: each[1] for name, each in runs.items()}
    large, small, accumulated, *_ = losses.values()
    updates = NUM_IMAGES * EPOCHS
    return [
        Claim(
            6794,
            "accumulation reaches the loss of the large batch",
            HOLDS if abs(accumulated / large - 1).max() < 0.1 else DOES_NOT,
            f"{setting}; training loss: {texts_of(losses)}",
        ),
        Claim(
            6794,
            "single examples do not reach the loss of the large batch",
            difference(small, large),
            f"as above: {spread(small)} for {spread(large)}",
        ),
        Claim(
            8634,
            "small batches: fewer updates, of accumulated gradients or in the "
            "momentum, can be better",
            difference(scores[ACCUMULATED], scores["batch 1"]),
            f"as above, {updates:,} updates or {updates // LARGE}; accuracy "
            f"on as many new images: {texts_of(scores)}",
        ),
    ]


def texts_of(runs):
    return "; ".join(f"{name} {spread(each)}" for name, each in runs.items())


def run(batch_size, make, train, dev, seed):
    """Returns the loss on `train` and the accuracy on `dev`."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((SIZE, SIZE)),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    trained(model, make(), train, EPOCHS, batch_size)
    return model.evaluate(*train, verbose=0)[0], model.evaluate(
        *dev, verbose=0
    )[1]
