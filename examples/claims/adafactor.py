"""7302: AdaFactor matches Adam, each at its own learning rate."""

import keras
import numpy as np

from examples.claims.claim import DOES_NOT
from examples.claims.claim import HOLDS
from examples.claims.claim import NOISY
from examples.claims.claim import Claim
from examples.claims.claim import difference
from examples.claims.claim import spread
from examples.claims.titles import Titles
from examples.claims.titles import titles
from examples.claims.training import bag_of_parts
from examples.claims.training import trained
from keras_addons.optimizers import AdaFactor

SEEDS, EPOCHS, NUM_HELD_OUT, SIZE = range(3), 8, 600, 128
RATES = {
    "Adam": (keras.optimizers.Adam, (3e-4, 1e-3, 3e-3)),
    "AdaFactor": (AdaFactor, (3e-3, 1e-2, 3e-2)),
}


def measure(data_dir):
    """Dev accuracies at rates chosen on a part of the training data."""
    train, dev, size = titles(data_dir)
    first = Titles(*(each[:-NUM_HELD_OUT] for each in train))
    held_out = Titles(*(each[-NUM_HELD_OUT:] for each in train))
    found, texts = {}, []
    for name, (optimizer, rates) in RATES.items():
        scores = [run(optimizer(r), size, first, held_out, 100) for r in rates]
        rate = rates[int(np.argmax(scores))]
        found[name] = [
            run(optimizer(rate), size, train, dev, seed) for seed in SEEDS
        ]
        grid = ", ".join(f"{r:g}: {s:.3f}" for r, s in zip(rates, scores))
        texts.append(f"{name} {spread(found[name])} at {rate:g} ({grid})")
    adam, factored = found.values()
    is_less = difference(adam, factored) == HOLDS
    # "As good as" holds if the two cannot be told apart and are close.
    close = np.mean(adam) - np.mean(factored) < 0.02
    verdict = HOLDS if close else DOES_NOT if is_less else NOISY
    return [
        Claim(
            7302,
            "AdaFactor is as good as Adam, each at its own learning rate",
            verdict,
            f"TNEWS, mean of characters' vectors of {SIZE}, {EPOCHS} epochs; "
            "dev accuracy (and on held-out training titles, by which the rate "
            f"was chosen): {'; '.join(texts)}",
        )
    ]


def run(optimizer, size, train, dev, seed):
    keras.utils.set_random_seed(seed)
    model = bag_of_parts(size, SIZE)
    trained(model, optimizer, train, EPOCHS)
    return model.evaluate(*dev, verbose=0)[1]
