"""What does Lookahead add to the step that it is around?

Claim: averaged over its period of 5 updates, a training step with
Lookahead(Adam) takes at most 1.05 times that with Adam: forward, backward and
update of a transformer with 20 million weights, on 8 texts of 32 tokens. The
update alone, on gradients that stay, is timed beside it.

A time is five steps, one period, divided by five. Both optimizers alternate in
one process; ratios are medians of the ratios of periods that follow each other.

Run: python benchmarks/lookahead.py
"""

import json
import sys

import numpy as np
from measure import alternate
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine
from transformer_step import training_step
from transformer_step import update_step

PERIOD = 5
PARTS = {
    "training step": lambda optimizer: training_step(optimizer, 8, 32),
    "update alone": update_step,
}


def period(step):
    def run():
        for _ in range(PERIOD):
            step()

    return run


def measure(part):
    import keras

    from keras_addons.optimizers import Lookahead

    adam = keras.optimizers.Adam
    contenders = {"Adam": adam(), "Lookahead": Lookahead(adam(), PERIOD)}
    steps = {
        name: period(PARTS[part](optimizer))
        for name, optimizer in contenders.items()
    }
    return alternate(steps, num_rounds=15)


def report():
    print_machine("tensorflow", "jax", "torch")
    print_header("backend", "what", "Adam, ms", "Lookahead(Adam), ms", "ratio")
    for backend in installed("tensorflow", "jax", "torch"):
        for part in PARTS:
            times = in_child(__file__, backend, part)
            adam, ours = (np.median(each) / PERIOD for each in times.values())
            ratio = median_ratio(times, "Lookahead", "Adam")
            print(
                f"| {backend} | {part} | {adam:.1f} | {ours:.1f} "
                f"| {ratio:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        report()
    else:
        print(json.dumps(measure(sys.argv[1])))
