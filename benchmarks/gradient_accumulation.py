"""What does a micro-step cost under gradient accumulation?

Claim: at 4 micro-batches to an update, Adam and a transformer of 20 million
weights, GradientAccumulation on JAX is at least 1.4 times faster than Keras'
`gradient_accumulation_steps` and than `optax.MultiSteps`, and within 1.1 times
of a `lax.cond` written by hand; on TensorFlow not slower than Keras' own.

A time is a whole cycle (4 micro-steps of forward, backward and update on 2
texts of 16 tokens) divided by 4. The contenders of a backend alternate in one
process; ratios are medians of the ratios of cycles that follow each other.

Run: python benchmarks/gradient_accumulation.py
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
from transformer_step import inputs
from transformer_step import jax_step
from transformer_step import new_model
from transformer_step import training_step

STEPS = 4
OURS = "GradientAccumulation(Adam)"
TEXTS = (2, 16)  # batch size and length


def keras_optimizers():
    import keras

    from keras_addons.optimizers import GradientAccumulation

    return {
        OURS: GradientAccumulation(keras.optimizers.Adam(), STEPS),
        "Keras, built in": keras.optimizers.Adam(
            gradient_accumulation_steps=STEPS
        ),
        "no accumulation": keras.optimizers.Adam(),
    }


def cycle(micro_step):
    def run():
        for _ in range(STEPS):
            micro_step()

    return run


def optax_multi_steps():
    import optax

    model = new_model()
    optimizer = optax.MultiSteps(optax.adam(1e-3), STEPS)

    def update(gradients, state, weights):
        updates, state = optimizer.update(gradients, state, weights)
        return optax.apply_updates(weights, updates), state

    weights = [weight.value for weight in model.trainable_variables]
    return cycle(
        jax_step(model, inputs(*TEXTS), update, optimizer.init(weights))
    )


def by_hand():
    """`optax.adam` inside a `lax.cond`."""
    import jax
    import optax

    model = new_model()
    adam = optax.adam(1e-3)

    def step(weights, inner, sums):
        means = [total / STEPS for total in sums]
        updates, inner = adam.update(means, inner, weights)
        zeros = [jax.numpy.zeros_like(total) for total in sums]
        return optax.apply_updates(weights, updates), inner, zeros

    def update(gradients, state, weights):
        inner, sums, count = state
        sums = [total + gradient for total, gradient in zip(sums, gradients)]
        weights, inner, sums = jax.lax.cond(
            (count + 1) % STEPS == 0,
            step,
            lambda *unchanged: unchanged,
            *(weights, inner, sums),
        )
        return weights, (inner, sums, count + 1)

    weights = [weight.value for weight in model.trainable_variables]
    sums = [jax.numpy.zeros_like(weight) for weight in weights]
    state = adam.init(weights), sums, 0
    return cycle(jax_step(model, inputs(*TEXTS), update, state))


def measure(backend):
    steps = {
        name: cycle(training_step(optimizer, *TEXTS))
        for name, optimizer in keras_optimizers().items()
    }
    if backend == "jax":
        steps["lax.cond by hand"] = by_hand()
        if installed("optax"):
            steps["optax.MultiSteps"] = optax_multi_steps()
    return alternate(steps, num_rounds=10)


def report():
    print_machine("tensorflow", "jax", "optax")
    print_header(
        "backend", "contender", "micro-step, ms", "ratio of ours to it"
    )
    for backend in installed("tensorflow", "jax"):
        times = in_child(__file__, backend, backend)
        for name, each in times.items():
            print(
                f"| {backend} | {name} | {np.median(each) / STEPS:.0f} "
                f"| {median_ratio(times, OURS, name):.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        report()
    else:
        print(json.dumps(measure(sys.argv[1])))
