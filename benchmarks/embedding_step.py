"""What does plain training cost when a batch touches few rows of a table?

Claim: with LazyOptimizer(Adam) around `keras.layers.Embedding` on TensorFlow a
step of `fit` or `train_on_batch` takes, in the mean, at most 1.5 times as long
at 1,000,000 rows of 128 as at 20,000 rows, and at most 1/50 of the time of
Keras' Adam; on a machine that is free and beside another busy program.

Three ordinary models, 32 x 64 ids a batch. The two sizes alternate, 20 steps
each in turn; Keras' Adam, which empties the caches, comes after them. A step
of `fit` is the time from the end of a batch to the end of the next.

Run: python benchmarks/embedding_step.py
"""

import contextlib
import json
import subprocess
import sys
import time

import numpy as np
from measure import in_child
from measure import print_header
from measure import print_machine
from measure import summary

SMALL, LARGE, NUM_STEPS, NUM_ROUNDS = 20_000, 1_000_000, 20, 5
NAMES = ("Sequential", "Sequential, XLA", "second input", "three tables")
BUSY = """
import os, numpy
matrix, parent = numpy.ones((900, 900)), os.getppid()
while os.getppid() == parent:  # or the parent was killed
    matrix @ matrix
"""


def trainer(name, optimizer, num_rows, way, num_steps=NUM_STEPS):
    """A function that trains some steps and returns the milliseconds each."""
    import keras
    from embedding_models import BATCH
    from embedding_models import MODELS
    from embedding_models import batches

    new_model, jit_compile = MODELS[name]
    model = new_model(num_rows)
    model.compile(optimizer, "mse", jit_compile=jit_compile)
    inputs = batches(model, num_rows, num_steps + 1)
    ends = []

    class Clock(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            ends.append(time.perf_counter())

    def train():
        ends.clear()
        if way == "fit":
            x, y = keras.tree.map_structure(
                lambda *parts: np.concatenate(parts), *inputs
            )
            model.fit(x, y, BATCH, verbose=0, callbacks=[Clock()])
        for x, y in inputs if way == "train_on_batch" else ():
            model.train_on_batch(x, y)
            ends.append(time.perf_counter())
        return (1e3 * np.diff(ends)).tolist()

    train()  # traces and compiles
    return train


def measure(name, way):
    """Milliseconds of every step, by optimizer and number of rows."""
    import keras

    from keras_addons.optimizers import LazyOptimizer

    lazy = {
        rows: trainer(name, LazyOptimizer(keras.optimizers.Adam()), rows, way)
        for rows in (SMALL, LARGE)
    }
    adam = trainer(name, keras.optimizers.Adam(), LARGE, way, num_steps=5)
    times = {}
    for beside in ("quiet", "busy"):
        ours = {rows: [] for rows in lazy}
        with other_program() if beside == "busy" else contextlib.nullcontext():
            for _ in range(NUM_ROUNDS):
                for rows, train in lazy.items():
                    ours[rows] += train()
            times[beside] = [*ours.values(), adam() + adam()]
    return times


@contextlib.contextmanager
def other_program():
    child = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        yield
    finally:
        child.kill()
        child.wait()


def report():
    print_machine("tensorflow")
    print_header(
        "model",
        "in",
        "machine",
        "LazyOptimizer(Adam), 20,000 rows",
        "1,000,000 rows",
        "Keras' Adam, 1,000,000 rows",
        "mean at 1,000,000 to 20,000 rows",
        "mean of Keras' Adam to ours",
    )
    for name in NAMES:
        for way in ("fit", "train_on_batch"):
            times = in_child(__file__, "tensorflow", name, way)
            for beside, (small, large, adam) in times.items():
                cells = [summary(each) for each in (small, large, adam)]
                growth = np.mean(large) / np.mean(small)
                gain = np.mean(adam) / np.mean(large)
                print(
                    f"| {name} | {way} | {beside} | {' | '.join(cells)} "
                    f"| {growth:.2f} | {gain:.0f} x |",
                    flush=True,
                )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        report()
    else:
        print(json.dumps(measure(*sys.argv[1:])))
