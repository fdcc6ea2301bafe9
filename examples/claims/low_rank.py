"""10407: how far the rank of a trained dense layer can fall."""

import keras
import numpy as np

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import Claim
from examples.claims.claim import spread
from examples.claims.digits import SIZE
from examples.claims.digits import digits
from examples.claims.training import compiled
from examples.claims.training import trained
from keras_addons.layers import LowRankDense

SEEDS, EPOCHS, UNITS = range(3), 12, 256
RANKS = (1, 2, 4, 8, 16, 32, 64, 256)
NUM_IMAGES = 3000


def measure(data_dir):
    """Accuracy after a trained kernel was cut to each rank, not tuned again."""
    train, test = digits(NUM_IMAGES, 0), digits(1000, 1)
    runs = np.array([run(train, test, seed) for seed in SEEDS]).T
    full, *others = runs
    texts = [f"{r}: {spread(each)}" for r, each in zip(RANKS, others)]
    enough = next(
        r for r, each in zip(RANKS, others) if full.mean() - each.mean() < 0.01
    )
    # Below half the size of a square kernel there are fewer weights.
    return [
        Claim(
            10407,
            "a trained kernel can be cut to a fraction of its rank",
            HOLDS if enough <= UNITS // 4 else DOES_NOT,
            f"drawn digits, two hidden layers of {UNITS}, the kernel between "
            f"them cut by its singular values; accuracy {spread(full)}, at "
            f"rank {', '.join(texts)}; within 0.01 from rank {enough} on, "
            f"{enough * 2 / UNITS:.0%} of the weights",
        )
    ]


def run(train, test, seed):
    """Returns the accuracies as trained and at each rank."""
    keras.utils.set_random_seed(seed)
    first = [
        keras.Input((SIZE, SIZE)),
        keras.layers.Flatten(),
        keras.layers.Dense(UNITS, activation="relu"),
    ]
    dense = keras.layers.Dense(UNITS, activation="relu")
    last = keras.layers.Dense(10)
    model = keras.Sequential([*first, dense, last])
    trained(model, keras.optimizers.Adam(1e-3), train, EPOCHS)
    middles = [dense, *(LowRankDense.from_dense(dense, r) for r in RANKS)]
    models = [keras.Sequential([*first, each, last]) for each in middles]
    return [
        compiled(each, "sgd").evaluate(*test, verbose=0)[1] for each in models
    ]
