"""What does a micro-step cost under gradient accumulation?

Claim: at 4 micro-batches to an update, Adam and a transformer of 20 million
weights, GradientAccumulation on JAX is at least 1.4 times faster than Keras'
`gradient_accumulation_steps` and than `optax.MultiSteps`, and its update alone
within 1.4 times of a `lax.cond` written by hand; on TensorFlow not slower than
Keras' own.

A time is a whole cycle of 4 micro-steps divided by 4: the mean over those that
only add and the one that updates. A training step is forward, backward and
update on 2 texts of 16 tokens; the update alone has gradients that stay. The
contenders alternate in one process; times are means and medians over the
cycles, ratios medians of the ratios of cycles that follow each other.

By hand is the quickest that we know: `optax.adam` in a `lax.cond` that only
reads the sums, which the first micro-step of an update writes anew.

Run: python benchmarks/gradient_accumulation.py
"""

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine
from transformer_step import inputs
from transformer_step import jax_step
from transformer_step import jax_update_step
from transformer_step import new_model
from transformer_step import training_step
from transformer_step import update_step
from transformer_step import values

STEPS = 4
OURS = "GradientAccumulation(Adam)"
TEXTS = (2, 16)  # batch size and length
NAMES = {"training": "training step", "update": "update alone"}


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


def optax_multi_steps(step):
    import optax

    optimizer = optax.MultiSteps(optax.adam(1e-3), STEPS)

    def update(gradients, state, weights):
        updates, state = optimizer.update(gradients, state, weights)
        return optax.apply_updates(weights, updates), state

    return step(update, lambda weights: optimizer.init(values(weights)))


def by_hand(step):
    """`optax.adam` inside a `lax.cond`."""
    import jax
    import optax

    adam = optax.adam(1e-3)

    def init(weights):
        sums = [jax.numpy.zeros_like(weight.value) for weight in weights]
        return adam.init(values(weights)), sums, 0

    def update(gradients, state, weights):
        inner, sums, count = state
        old = [jax.numpy.where(count % STEPS == 0, 0, each) for each in sums]
        sums = [total + gradient for total, gradient in zip(old, gradients)]

        def updated(weights, inner):
            means = [total / STEPS for total in sums]
            updates, inner = adam.update(means, inner, weights)
            return optax.apply_updates(weights, updates), inner

        weights, inner = jax.lax.cond(
            (count + 1) % STEPS == 0,
            updated,
            lambda *unchanged: unchanged,
            *(weights, inner),
        )
        return weights, (inner, sums, count + 1)

    return step(update, init)


def jax_training_step(update, init):
    model = new_model()
    state = init(model.trainable_variables)
    return jax_step(model, inputs(*TEXTS), update, state)


def measure_training(backend):
    def step(optimizer):
        return training_step(optimizer, *TEXTS)

    return measure(backend, step, jax_training_step)


def measure_update(backend):
    return measure(backend, update_step, jax_update_step)


def measure(backend, step, step_of_jax):
    """Milliseconds of a cycle, by contender, a list each."""
    steps = {
        name: step(optimizer) for name, optimizer in keras_optimizers().items()
    }
    if backend == "jax" and installed("optax"):
        steps["lax.cond by hand"] = by_hand(step_of_jax)
        steps["optax.MultiSteps"] = optax_multi_steps(step_of_jax)
    cycles = {name: cycle(each) for name, each in steps.items()}
    return alternate(cycles, num_rounds=10)


def report():
    print_machine("tensorflow", "jax", "optax")
    print_header(
        *("backend", "what", "contender"),
        *("micro-step, ms: mean", "median", "ratio of ours to it"),
    )
    for backend in installed("tensorflow", "jax"):
        for what in ("training", "update"):
            times = in_child(__file__, backend, what, backend)
            for name, each in times.items():
                print(
                    f"| {backend} | {NAMES[what]} | {name} "
                    f"| {np.mean(each) / STEPS:.1f} "
                    f"| {np.median(each) / STEPS:.1f} "
                    f"| {median_ratio(times, OURS, name):.2f} |",
                    flush=True,
                )


if __name__ == "__main__" and not answered(
    training=measure_training, update=measure_update
):
    report()
