"""Time and memory of attention over longer and longer texts.

Claim: from 512 to 8,192 tokens a training step with local, linear or
vector-quantized attention takes time and memory that grow with an exponent of
at most 1.15 of the length, where dense attention grows with the square; the
scores of atrous attention at rate 8 take an eighth of the memory.

- Step: `train_on_batch` of one layer of 2 heads of 64, SGD, one text; with it
  the four projections, which are linear in the length.
- Time: all lengths and all kinds of a backend alternate in one process.
- Peak: what a step allocates beyond what is held between the steps, counted
  as `allocations.py` says, in a process for each kind. Linux only.
- Exponent: the slope of the logarithm over the logarithm of the length, by
  least squares over all lengths.
- Faster: the length from which the median of the ratios of steps that follow
  each other is above 1, at it and at all longer ones.
- Scores: `peak(8,192) - 2 peak(4,096)`, where all that is linear in the length
  cancels out.

Run: taskset -c 1 python benchmarks/attention_length.py [--backend torch]
"""

import argparse
import os
from functools import partial

import numpy as np
from allocations import counting
from allocations import peak_allocated_bytes
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

LENGTHS = (512, 1024, 2048, 4096, 8192)
NUM_HEADS, SIZE, NUM_ROUNDS = 2, 128, 5
WINDOW, RATE, NUM_CODES = 64, 8, 128
DENSE, ATROUS = "dense", f"atrous, rate {RATE}"
BACKENDS = ("tensorflow", "jax", "torch")


def kinds():
    """Makes each layer, and says whether its step is causal."""
    from keras_addons import layers

    def over(cls, *arguments):
        attention = layers.MultiHeadAttention(NUM_HEADS)
        return cls(attention, *arguments)

    def quantized():
        codebook = layers.KeyCodebook(NUM_CODES)
        return over(layers.VectorQuantizedAttention, codebook)

    linear = partial(over, layers.LinearAttention)
    return {
        DENSE: (partial(layers.MultiHeadAttention, NUM_HEADS), False),
        f"local, window {WINDOW}": (
            partial(over, layers.LocalAttention, WINDOW),
            False,
        ),
        ATROUS: (partial(over, layers.AtrousAttention, RATE), False),
        f"sparse, rate {WINDOW}": (
            partial(over, layers.SparseAttention, WINDOW),
            False,
        ),
        "linear, ELU": (linear, False),
        "linear, ELU, causal": (linear, True),
        "linear, 64 random, causal": (
            lambda: linear(layers.RandomFeatures(64)),
            True,
        ),
        f"quantized, {NUM_CODES} codes": (quantized, False),
        f"quantized, {NUM_CODES} codes, causal": (quantized, True),
    }


def make_step(backend, kind):
    """A training step as a function of the features."""
    import keras

    make, is_causal = kinds()[kind]
    inputs = keras.Input((None, SIZE))
    outputs = make()(inputs, use_causal_mask=is_causal)
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.SGD(1e-3), "mse", jit_compile=backend == "jax"
    )
    return lambda features: model.train_on_batch(features, features)


def features_of(length):
    return np.random.default_rng(0).normal(size=(1, length, SIZE)).astype("f")


def measure_times(backend):
    """Milliseconds a step: {kind: {length: list}}."""
    names = list(kinds())
    steps = {kind: make_step(backend, kind) for kind in names}
    flat = {
        (kind, length): partial(steps[kind], features_of(length))
        for length in LENGTHS
        for kind in names
    }
    times = alternate(flat, NUM_ROUNDS, warm_up=2)
    return {
        kind: {str(length): times[kind, length] for length in LENGTHS}
        for kind in names
    }


def measure_memory(backend, kind):
    """Peaks in megabytes, one a length."""
    step = make_step(backend, kind)
    return [
        peak_allocated_bytes(partial(step, features_of(length)), 2) / 1e6
        for length in LENGTHS
    ]


def exponent(values):
    return float(np.polyfit(np.log(LENGTHS), np.log(values), 1)[0])


def of_scores(peaks):
    """`b` times a constant, of peaks `a n + b n^2`."""
    return peaks[-1] - 2 * peaks[-2]


def faster_from(times, kind):
    """The shortest length from which on the kind is faster than dense."""
    found = "never"
    for length in reversed(LENGTHS):
        pair = {each: times[each][str(length)] for each in (kind, DENSE)}
        if median_ratio(pair, DENSE, kind) <= 1:
            break
        found = f"{length:,}"
    return found


def report_times(backend, times):
    for kind, by_length in times.items():
        medians = [np.median(by_length[str(length)]) for length in LENGTHS]
        longest = np.sort(by_length[str(LENGTHS[-1])])
        slowest = longest[-max(1, len(longest) // 10) :]
        print(
            f"| {backend} | {kind} "
            f"| {' | '.join(f'{each:.0f}' for each in medians)} "
            f"| {np.mean(longest):.0f} | {np.mean(slowest):.0f} "
            f"| {exponent(medians):.2f} "
            f"| {'-' if kind == DENSE else faster_from(times, kind)} |",
            flush=True,
        )


def report_memory(backend, peaks):
    for kind, each in peaks.items():
        shares = "-"
        if kind in (DENSE, ATROUS):
            shares = f"{of_scores(peaks[DENSE]) / of_scores(each):.1f}"
        print(
            f"| {backend} | {kind} | {' | '.join(f'{x:.1f}' for x in each)} "
            f"| {exponent(each):.2f} | {peaks[DENSE][-1] / each[-1]:.1f} "
            f"| {shares} |",
            flush=True,
        )


def report(backends):
    print_machine(*backends)
    lengths = [f"{length:,}" for length in LENGTHS]
    for backend in installed(*backends):
        print(f"\nload before: {os.getloadavg()[0]:.1f}")
        times = in_child(__file__, backend, "time", backend)
        print(f"load after: {os.getloadavg()[0]:.1f}")
        print_header(
            *("backend", "attention", *(f"ms, {each}" for each in lengths)),
            *(f"mean, {lengths[-1]}", f"slowest tenth, {lengths[-1]}"),
            *("exponent", "faster from"),
        )
        report_times(backend, times)
        peaks = {
            kind: in_child(
                *(__file__, backend, "memory", backend, kind), **counting()
            )
            for kind in times
        }
        print_header(
            *("backend", "attention", *(f"MB, {each}" for each in lengths)),
            *("exponent", f"dense to it, {lengths[-1]}", "dense to it, scores"),
        )
        report_memory(backend, peaks)


if __name__ == "__main__" and not answered(
    time=measure_times, memory=measure_memory
):
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", nargs="*", default=BACKENDS)
    report(parser.parse_args().backend)
