"""What does it cost to keep more than the input for the gradient of GELU?

Claim: around a RoFormer of 4 layers of 256, a training step with `ops.gelu`,
which `layers.FeedForward` takes for "gelu", needs less memory than one with
`keras.activations.gelu` on TensorFlow and JAX, and no more time. On torch the
two are one.

Step and peak are those of `contrastive_memory.py`, whose plain step on texts of
64 tokens this is. The contenders of a backend alternate in one process; the
ratio is the median of the ratios of steps that follow each other. Linux only.

Run: python benchmarks/gelu.py
"""

from functools import partial

import numpy as np
from allocations import counting
from contrastive_memory import batch_of
from contrastive_memory import compiled_step
from contrastive_memory import new_encoder
from contrastive_memory import peak_of_step
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

BATCH = 256
CONTENDERS = ("keras_addons.ops.gelu", "keras.activations.gelu")


def make_step(backend, contender):
    import keras

    from keras_addons import layers
    from keras_addons import ops

    encoder = new_encoder()
    for layer in encoder._flatten_layers():
        if isinstance(layer, layers.FeedForward):
            layer.widen.activation = {
                CONTENDERS[0]: ops.gelu,
                CONTENDERS[1]: keras.activations.gelu,
            }[contender]
    return compiled_step(backend, encoder)


def measure_times(backend):
    """Milliseconds a step, by contender, a list each."""
    batch = batch_of(BATCH)
    steps = {each: make_step(backend, each) for each in CONTENDERS}
    return alternate(
        {each: partial(step, *batch) for each, step in steps.items()},
        num_rounds=7,
        warm_up=2,
    )


def measure_memory(backend, contender):
    return peak_of_step(make_step(backend, contender), BATCH)


def report():
    backends = ("tensorflow", "jax", "torch")
    print_machine(*backends)
    print_header(
        *("backend", "GELU", f"s a step of {BATCH}", "ratio to Keras'"),
        *("peak, MB", "% of Keras'"),
    )
    for backend in installed(*backends):
        times = in_child(__file__, backend, "time", backend)
        peaks = {
            each: in_child(
                *(__file__, backend, "memory", backend, each),
                **counting(),
            )
            for each in CONTENDERS
        }
        for each in CONTENDERS:
            print(
                f"| {backend} | {each} | {np.median(times[each]) / 1e3:.2f} "
                f"| {median_ratio(times, each, CONTENDERS[1]):.2f} "
                f"| {peaks[each]:.0f} "
                f"| {100 * peaks[each] / peaks[CONTENDERS[1]]:.0f} |",
                flush=True,
            )


if __name__ == "__main__" and not answered(
    time=measure_times, memory=measure_memory
):
    report()
