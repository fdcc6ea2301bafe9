"""What do numbers below the smallest normal float32 cost a training on a CPU?

Claim: with `backend.denormals_flushed()`, within which the CLUE scripts train,
a step on torch takes no longer late in a training than at its start. AdamW on
an embedding of 32,768 x 128: the first batch holds every token, later ones the
same 1,000, so that after some 900 steps the first moment of all other rows is
such a number.

`train_on_batch` with and without the context in turn; ratios are medians of
the ratios of steps that follow each other.

Run: python benchmarks/denormals.py
"""

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine
from measure import summary

NUM_TOKENS, SIZE, LATE = 32768, 128, 1000


def model():
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.layers.Embedding(NUM_TOKENS, SIZE),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adamw", "sparse_categorical_crossentropy")
    return model


def steps_of(network):
    """The first batch trains every row; returns a function of later steps."""
    labels = np.zeros(32, "int32")
    network.train_on_batch(np.arange(NUM_TOKENS).reshape(32, -1), labels)
    few = np.resize(np.arange(1000), (32, 32))
    return lambda: network.train_on_batch(few, labels)


def measure():
    from keras_addons import backend

    step, other_step = steps_of(model()), steps_of(model())

    def flushed_step():
        with backend.denormals_flushed():
            other_step()

    contenders = {"without": step, "flushed": flushed_step}
    early = alternate(contenders, num_rounds=20)
    alternate(contenders, num_rounds=LATE)
    late = alternate(contenders, num_rounds=20, warm_up=0)
    return {"3": early, f"{LATE:,}": late}


def report():
    print_machine("tensorflow", "jax", "torch")
    print_header(
        *("backend", "steps before", "without: mean / median / slowest tenth"),
        *("flushed: mean / median / slowest tenth", "ratio (median)"),
    )
    for backend in installed("tensorflow", "jax", "torch"):
        for before, times in in_child(__file__, backend, "times").items():
            ratio = median_ratio(times, "flushed", "without")
            cells = " | ".join(summary(each) for each in times.values())
            print(f"| {backend} | {before} | {cells} | {ratio:.2f} |")


if __name__ == "__main__":
    if not answered(times=measure):
        report()
