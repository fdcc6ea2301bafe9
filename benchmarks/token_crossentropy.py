"""What does the cross-entropy of tokens cost over a Chinese vocabulary?

Claim: `ops.linear_crossentropy`, which `layers.LanguageModelLoss` adds, needs
less memory than Keras' SparseCategoricalCrossentropy on logits, a quarter of it
under XLA, and at 15 % of targets at most half of the time.

From features and the tied table to the loss and all three gradients: 64 texts
of 64 tokens, 768 features, 21,128 tokens, float32, of which half have a target
(sequence to sequence) or 15 % (masked language modelling). The logits alone are
346 MB, the gradients of features and table 77 MB.

- Step: the contenders of a backend alternate in one process; the ratio is the
  median of the ratios of steps that follow each other.
- Peak: the most that a step allocates beyond what is held between the steps,
  counted as `allocations.py` says, a process each. Linux only.

Run: python benchmarks/token_crossentropy.py
"""

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

PLATFORMS = ("tensorflow", "tensorflow XLA", "jax", "torch")
CONTENDERS = ("linear_crossentropy", "TokenCrossentropy", "Keras")
SHARES = ("0.5", "0.15")
NUM_ROWS, DIM, VOCABULARY_SIZE = 64 * 64, 768, 21128


def arrays(share):
    """Features, table, bias, and targets for a share of the rows."""
    random = np.random.default_rng(0)
    targets = random.integers(1, VOCABULARY_SIZE, (NUM_ROWS,))
    targets[random.random(NUM_ROWS) > share] = 0
    return (
        random.standard_normal((NUM_ROWS, DIM), "float32"),
        0.02 * random.standard_normal((VOCABULARY_SIZE, DIM), "float32"),
        np.zeros(VOCABULARY_SIZE, "float32"),
        targets.astype("int32"),
    )


def loss_function(contender):
    """`loss(features, table, bias, targets)`, a scalar."""
    import keras
    from keras import ops

    from keras_addons.losses import TokenCrossentropy
    from keras_addons.ops.linear_crossentropy import linear_crossentropy

    def fused(features, table, bias, targets):
        losses = linear_crossentropy(features, table, targets, bias)
        return ops.sum(losses) / ops.sum(ops.cast(targets > 0, "float32"))

    if contender == "linear_crossentropy":
        return fused
    if contender == "TokenCrossentropy":
        loss = TokenCrossentropy()
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, ignore_class=0
        )

    def of_logits(features, table, bias, targets):
        logits = ops.matmul(features, ops.transpose(table)) + bias
        return loss(targets, logits)

    return of_logits


def tensorflow_step(function, jit_compile, *arguments):
    import tensorflow as tf

    @tf.function(jit_compile=jit_compile)
    def compute(floats, targets):
        with tf.GradientTape() as tape:
            tape.watch(floats)
            loss = function(*floats, targets)
        return loss, tape.gradient(loss, floats)

    *floats, targets = [tf.constant(argument) for argument in arguments]
    return lambda: compute(floats, targets)[0].numpy()


def jax_step(function, *arguments):
    import jax

    compute = jax.jit(jax.value_and_grad(function, argnums=(0, 1, 2)))
    arguments = [jax.numpy.array(argument) for argument in arguments]
    return lambda: jax.block_until_ready(compute(*arguments))


def torch_step(function, *arguments):
    import torch

    *floats, targets = [torch.tensor(argument) for argument in arguments]
    floats = [each.requires_grad_() for each in floats]

    def step():
        loss = function(*floats, targets)
        torch.autograd.grad(loss, floats)
        return float(loss.detach())

    return step


def make_step(platform_name, contender, share):
    function = loss_function(contender)
    arguments = arrays(float(share))
    if platform_name == "torch":
        return torch_step(function, *arguments)
    if platform_name == "jax":
        return jax_step(function, *arguments)
    return tensorflow_step(function, "XLA" in platform_name, *arguments)


def measure_times(platform_name, share):
    """Milliseconds a step, by contender, a list each."""
    steps = {
        contender: make_step(platform_name, contender, share)
        for contender in CONTENDERS
    }
    return alternate(steps, num_rounds=5, warm_up=1)


def measure_memory(platform_name, contender, share):
    """Megabytes that a step adds at its peak."""
    step = make_step(platform_name, contender, share)
    return peak_allocated_bytes(step) / 1e6


def report():
    print_machine("tensorflow", "jax", "torch")
    print_header(
        *("backend", "targets", "contender", "step, ms"),
        *("ratio to Keras", "peak, MB"),
    )
    for name in PLATFORMS:
        backend = name.split()[0]
        if not installed(backend):
            continue
        for share in SHARES:
            times = in_child(__file__, backend, "time", name, share)
            for contender in CONTENDERS:
                peak = in_child(
                    *(__file__, backend, "memory", name, contender, share),
                    **counting(),
                )
                print(
                    f"| {name} | {float(share):.0%} | {contender} "
                    f"| {np.median(times[contender]):.0f} "
                    f"| {median_ratio(times, contender, 'Keras'):.2f} "
                    f"| {peak:.0f} |",
                    flush=True,
                )


if __name__ == "__main__" and not answered(
    time=measure_times, memory=measure_memory
):
    report()
