"""What does the chunk size of GradientCache cost in memory and time?

Claim: the memory falls with the chunk size until the gradients, the inputs and
the outputs are what is left; the time rises little until the chunks are so
small that their matrices do not keep the processor busy.

Step and peak are those of `contrastive_memory.py`, at a batch of 512 texts of
64 tokens. The contenders of a backend alternate in one process; the ratio is
the median of the ratios of steps that follow each other. Linux only.

Run: python benchmarks/chunk_size.py
"""

from functools import partial

import numpy as np
from allocations import counting
from contrastive_memory import BACKENDS
from contrastive_memory import BATCH
from contrastive_memory import batch_of
from contrastive_memory import compiled_step
from contrastive_memory import in_chunks
from contrastive_memory import new_encoder
from contrastive_memory import peak_of_step
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

CHUNK_SIZES = (4, 8, 16, 32, 64, 128)
REFERENCE = 32


def make_step(backend, chunk_size):
    return compiled_step(backend, in_chunks(new_encoder(), int(chunk_size)))


def measure_times(backend):
    """Milliseconds a step, by chunk size, a list each."""
    batch = batch_of(BATCH)
    steps = {size: make_step(backend, size) for size in CHUNK_SIZES}
    return alternate(
        {size: partial(step, *batch) for size, step in steps.items()},
        num_rounds=3,
        warm_up=1,
    )


def measure_memory(backend, chunk_size):
    return peak_of_step(make_step(backend, chunk_size), BATCH)


def report():
    print_machine(*BACKENDS)
    print_header(
        *("backend", "chunk size", "peak, MB", "s a step"),
        f"ratio to chunks of {REFERENCE}",
    )
    for backend in installed(*BACKENDS):
        times = in_child(__file__, backend, "time", backend)
        for size in map(str, CHUNK_SIZES):
            peak = in_child(
                *(__file__, backend, "memory", backend, size),
                **counting(),
            )
            print(
                f"| {backend} | {size} | {peak:.0f} "
                f"| {np.median(times[size]) / 1e3:.1f} "
                f"| {median_ratio(times, size, str(REFERENCE)):.2f} |",
                flush=True,
            )


if __name__ == "__main__" and not answered(
    time=measure_times, memory=measure_memory
):
    report()
