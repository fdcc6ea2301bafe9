"""What does a smooth top-k of 100,000 values cost beside a sort of them?

Claim: the threshold forms of smooth top-k, which have exact gradients, take
less than 10 times as long as a sort of the same values, and their gradient
with them.

One row of 100,000 normal numbers, of which 1,000 are selected at a temperature
of 0.1. All contenders of a backend alternate in one process, compiled where
the backend compiles (`tf.function`, `jax.jit`); the ratio is the median of the
ratios of steps that follow each other.

Run: python benchmarks/smooth_top_k.py
"""

from functools import partial

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

NUM_VALUES, NUM_SELECTED, TEMPERATURE = 100_000, 1_000, 0.1
FORMS = ("laplace", "exponential", "sigmoid")
WITH_GRADIENT = " with gradient"


def functions():
    """Functions of the row, by name; the first is the one to compare with."""
    import keras

    from keras_addons import ops

    made = {"sort": keras.ops.sort}
    for form in FORMS:
        made[form] = partial(
            getattr(ops, f"soft_top_k_{form}"),
            k=NUM_SELECTED,
            temperature=TEMPERATURE,
        )
    return made


def plain(backend, function, row):
    """A step without arguments that computes the function and waits."""
    if backend == "jax":
        import jax

        compiled = jax.jit(function)
        return lambda: jax.block_until_ready(compiled(row))
    if backend == "tensorflow":
        import tensorflow as tf

        compiled = tf.function(function)
        return lambda: compiled(row).numpy()
    import torch

    return torch.no_grad()(lambda: function(row))


def with_gradient(backend, function, row, weights):
    """A step that also computes the gradient of a weighted sum."""
    if backend == "jax":
        import jax

        compute = jax.grad(lambda row: (function(row) * weights).sum())
        return plain(backend, compute, row)
    if backend == "tensorflow":
        import tensorflow as tf

        def compute(row):
            with tf.GradientTape() as tape:
                tape.watch(row)
                total = tf.reduce_sum(function(row) * weights)
            return tape.gradient(total, row)

        return plain(backend, compute, row)

    def step():
        leaf = row.detach().requires_grad_()
        (function(leaf) * weights).sum().backward()

    return step


def measure(backend):
    """Milliseconds a step, by contender, a list each."""
    from keras import ops

    draw = np.random.default_rng(0)
    row, weights = (
        ops.convert_to_tensor(draw.normal(size=NUM_VALUES).astype("float32"))
        for _ in range(2)
    )
    made = functions()
    steps = {
        name: plain(backend, function, row) for name, function in made.items()
    }
    for form in FORMS:
        steps[form + WITH_GRADIENT] = with_gradient(
            backend, made[form], row, weights
        )
    return alternate(steps, num_rounds=50, warm_up=5)


def report():
    backends = ("tensorflow", "jax", "torch")
    print_machine(*backends)
    print_header(
        *("backend", "function", "mean, ms", "median, ms"),
        *("slowest tenth, ms", "sorts that take as long"),
    )
    for backend in installed(*backends):
        times = in_child(__file__, backend, "time", backend)
        for name, each in times.items():
            slowest = np.sort(each)[-len(each) // 10 :]
            print(
                f"| {backend} | {name} | {np.mean(each):.1f} "
                f"| {np.median(each):.1f} | {np.mean(slowest):.1f} "
                f"| {median_ratio(times, name, 'sort'):.1f} |",
                flush=True,
            )


if __name__ == "__main__" and not answered(time=measure):
    report()
