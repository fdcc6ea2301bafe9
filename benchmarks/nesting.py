"""Does a nesting cost more than its wrappers one by one?

Claim: the update of a nesting of three takes at most 1.15 times the sum of its
parts, where a wrapper's part is what it adds to Adam when it is alone around
it: `Lookahead(WeightDecay(LearningRateMultiplier(Adam)))` against `Adam +
(Lookahead - Adam) + (WeightDecay - Adam) + (LearningRateMultiplier - Adam)`.

The update alone, of 20 million weights on gradients that stay; with forward
and backward passes beside it a ratio would say less. A time is five updates,
one period of Lookahead, divided by five. All alternate in one process; the
ratio is the median over periods that follow each other.

Run: python benchmarks/nesting.py
"""

import json
import sys

import numpy as np
from lookahead import PERIOD
from lookahead import period
from measure import alternate
from measure import in_child
from measure import installed
from measure import print_header
from measure import print_machine
from transformer_step import update_step

WRAPPERS = ("Lookahead", "WeightDecay", "LearningRateMultiplier")


def measure():
    import keras

    from keras_addons import optimizers

    makers = {
        "Lookahead": lambda inner: optimizers.Lookahead(inner, PERIOD),
        "WeightDecay": lambda inner: optimizers.WeightDecay(inner, 0.01),
        "LearningRateMultiplier": lambda inner: (
            optimizers.LearningRateMultiplier(inner, {"": 0.5})
        ),
    }
    contenders = {"Adam": keras.optimizers.Adam()}
    for name in WRAPPERS:
        contenders[name] = makers[name](keras.optimizers.Adam())
    nested = keras.optimizers.Adam()
    for name in reversed(WRAPPERS):
        nested = makers[name](nested)
    contenders["nested"] = nested
    steps = {
        name: period(update_step(optimizer))
        for name, optimizer in contenders.items()
    }
    return alternate(steps, num_rounds=15)


def report():
    print_machine("tensorflow", "jax", "torch")
    parts = [f"{name}(Adam), ms" for name in WRAPPERS]
    print_header(
        *("backend", "Adam, ms", *parts),
        *("all three, ms", "sum of the parts, ms", "ratio"),
    )
    for backend in installed("tensorflow", "jax", "torch"):
        times = in_child(__file__, backend, backend)
        times = {name: np.array(each) / PERIOD for name, each in times.items()}
        total = sum(times[name] for name in WRAPPERS) - 2 * times["Adam"]
        cells = [times["Adam"], *(times[name] for name in WRAPPERS)]
        cells += [times["nested"], total]
        medians = " | ".join(f"{np.median(each):.1f}" for each in cells)
        ratio = np.median(times["nested"] / total)
        print(f"| {backend} | {medians} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        report()
    else:
        print(json.dumps(measure()))
