"""What does a contrastive loss over a large batch cost in memory and time?

Claim: around a RoFormer of 4 layers of 256 and texts of 64 tokens, at a batch
of 512 and chunks of 32, a step through GradientCache needs about a sixteenth of
the memory of the plain step, and as much at a batch of 2048 as at one of 256,
for one forward pass more: a third of the time, less where the caches gain.

- Step: `train_on_batch` of a compiled model: AdamW's step on the gradients of
  an in-batch softmax over cosines, with dropout.
- Peak: what a step needs beyond the process with data, model, optimizer and
  the compiled step: the most that it allocates beyond what is held between
  the steps, counted as `allocations.py` says, in a process for each
  contender. Linux only.
- Time: the contenders of a backend alternate in one process; the ratio is the
  median of the ratios of steps that follow each other.
- By hand: the two passes of GradCache around the same Keras model and with the
  same optimizer, with each backend's own means (`contrastive_by_hand.py`):
  vectors without a graph, the gradient of the loss at the vectors, then chunk
  by chunk again with the same seeds.

Run: python benchmarks/contrastive_memory.py [--backend torch]
"""

import argparse
from functools import partial

import numpy as np
from allocations import counting
from allocations import peak_allocated_bytes
from contrastive_by_hand import by_hand_step
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

BATCH, CHUNK, LENGTH, VOCABULARY_SIZE = 512, 32, 64, 2000
BATCHES = (256, 512, 2048)
BACKENDS = ("tensorflow", "jax", "torch")
PLAIN, OURS, BY_HAND = "plain", "GradientCache", "GradCache by hand"
CONTENDERS = (PLAIN, OURS, BY_HAND)


def batch_of(size):
    """Token ids, and the number of the text that means the same."""
    token_ids = np.random.default_rng(0).integers(
        1, VOCABULARY_SIZE, (size, LENGTH), "int32"
    )
    return token_ids, np.arange(size, dtype="int32") ^ 1


def contrastive_loss(partners, vectors):
    """Each text finds its partner among all texts of the batch."""
    from keras import ops

    vectors = ops.normalize(vectors, axis=-1)
    scores = 20.0 * ops.matmul(vectors, ops.transpose(vectors))
    partners = ops.reshape(partners, (-1,))
    # A text is not among its own candidates.
    scores = scores - 1e9 * ops.eye(ops.shape(scores)[0])
    positions = ops.one_hot(partners, ops.shape(scores)[1])
    return -ops.sum(positions * ops.log_softmax(scores), axis=-1)


def new_encoder():
    import keras

    from keras_addons.models import RoFormer

    token_ids = keras.Input((None,), dtype="int32")
    inputs = {"token_ids": token_ids, "segment_ids": 0 * token_ids}
    outputs = RoFormer(VOCABULARY_SIZE, 4, 4, 256, 1024)(inputs)
    vectors = keras.layers.GlobalAveragePooling1D()(outputs["sequence_output"])
    return keras.Model(token_ids, vectors)


def in_chunks(encoder, chunk_size):
    import keras

    from keras_addons.layers import GradientCache

    token_ids = keras.Input((None,), dtype="int32")
    return keras.Model(token_ids, GradientCache(encoder, chunk_size)(token_ids))


def compiled_step(backend, model):
    """`train_on_batch` of the model with an optimizer that has its state."""
    import keras

    model.compile(
        keras.optimizers.AdamW(1e-4),
        contrastive_loss,
        jit_compile=backend == "jax",
    )
    model.optimizer.build(model.trainable_variables)
    return model.train_on_batch


def make_step(backend, contender):
    """A training step as a function of a batch."""
    if contender == BY_HAND:
        return by_hand_step(
            backend, new_encoder(), contrastive_loss, chunk_size=CHUNK
        )
    encoder = new_encoder()
    model = encoder if contender == PLAIN else in_chunks(encoder, CHUNK)
    return compiled_step(backend, model)


def measure_times(backend):
    """Milliseconds a step, by contender, a list each."""
    batch = batch_of(BATCH)
    steps = {each: make_step(backend, each) for each in CONTENDERS}
    return alternate(
        {each: partial(step, *batch) for each, step in steps.items()},
        num_rounds=5,
        warm_up=2,
    )


def peak_of_step(step, batch_size):
    """Megabytes that a step needs beyond what the process holds anyway."""
    batch = batch_of(batch_size)
    return peak_allocated_bytes(partial(step, *batch), num_steps=1) / 1e6


def measure_memory(backend, contender, batch_size):
    step = make_step(backend, contender)
    return peak_of_step(step, int(batch_size))


def report_backend(backend):
    times = in_child(__file__, backend, "time", backend)
    plain_peak = None
    for contender in times:
        peaks = {
            size: in_child(
                *(__file__, backend, "memory", backend, contender, str(size)),
                **counting(),
            )
            for size in ([BATCH] if contender == PLAIN else BATCHES)
        }
        plain_peak = plain_peak or peaks[BATCH]
        cells = [f"{peaks[s]:.0f}" if s in peaks else "-" for s in BATCHES]
        print(
            f"| {backend} | {contender} | {' | '.join(cells)} "
            f"| {100 * peaks[BATCH] / plain_peak:.1f} "
            f"| {np.median(times[contender]) / 1000:.1f} "
            f"| {median_ratio(times, contender, PLAIN):.2f} "
            f"| {median_ratio(times, contender, BY_HAND):.2f} |",
            flush=True,
        )


def report(backends):
    print_machine(*backends)
    print_header(
        *("backend", "step"),
        *(f"peak, MB, batch {size}" for size in BATCHES),
        *(f"% of plain at {BATCH}", f"s a step at {BATCH}", "ratio to plain"),
        "ratio to by hand",
    )
    for backend in installed(*backends):
        report_backend(backend)


if __name__ == "__main__" and not answered(
    time=measure_times, memory=measure_memory
):
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", nargs="*", default=BACKENDS)
    report(parser.parse_args().backend)
