"""FNet, gMLP and others in place of the attention, at length 512.

Encoders of 256 features with the same embeddings, 2 texts of 512 tokens: 4
blocks of BERT, 4 with another token mixing, or 8 of gMLP and aMLP, whose
blocks have one half where BERT's have two. The table says how many weights
each encoder has. Forward pass and training step with Adam, the encoders
in turn, in one process a backend.

Run: python benchmarks/token_mixing.py [rounds] [token mixings ...]
     (20 rounds of FNet and gMLP; the names are those of `BLOCKS`)
"""

import sys
from functools import partial

import numpy as np
from measure import alternate
from measure import answered
from measure import in_child
from measure import installed
from measure import median_ratio
from measure import print_header
from measure import print_machine

LENGTH, BATCH_SIZE = 512, 2
ATTENTION = "attention"
BLOCKS = {
    ATTENTION: 4,
    "fnet": 4,
    "gmlp": 8,
    "amlp": 8,
    "mlp_mixer": 4,
    "resmlp": 4,
    "external_attention": 4,
    "random_synthesizer": 4,
    "dense_synthesizer": 4,
    "lightweight_convolution": 4,
    "dynamic_convolution": 4,
}


def new_model(name):
    from keras_addons.models import Bert

    return Bert(
        *(2000, BLOCKS[name], 4, 256, 1024),
        max_length=LENGTH,
        dropout=0.0,
        attention_dropout=0.0,
        token_mixing=None if name == ATTENTION else name,
    )


def forward(model, given):
    """A function that computes the features of a batch and waits for them."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        compute = tf.function(partial(model, training=False))
        return lambda: compute(given)["sequence_output"].numpy()
    if backend == "torch":
        import torch

        return torch.no_grad()(lambda: model(given, training=False))
    import jax

    state = [
        [variable.value for variable in variables]
        for variables in (
            model.trainable_variables,
            model.non_trainable_variables,
        )
    ]
    compute = jax.jit(partial(model.stateless_call, training=False))
    return lambda: jax.block_until_ready(compute(*state, given))


def training_step(model, given):
    """A function that takes one step with Adam and waits for it."""
    import keras
    import transformer_step as steps

    optimizer = keras.optimizers.Adam(1e-4)
    optimizer.build(model.trainable_variables)
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return steps.tensorflow_step(optimizer, model, given)
    if backend == "torch":
        return steps.torch_step(optimizer, model, given)
    state = [variable.value for variable in optimizer.variables]
    return steps.jax_step(model, given, steps.stateless(optimizer), state)


def measured(num_rounds, *names):
    """Weights, times of forward passes and of steps of the encoders."""
    import transformer_step as steps

    given = steps.inputs(BATCH_SIZE, LENGTH)
    encoders = {name: new_model(name) for name in (ATTENTION, *names)}
    num_weights = {name: each.count_params() for name, each in encoders.items()}
    times = [
        alternate(
            {name: make(each, given) for name, each in encoders.items()},
            int(num_rounds),
        )
        for make in (forward, training_step)
    ]
    return [num_weights, *times]


def summary(times, name):
    """Mean, median, slowest tenth, and the ratio to the attention."""
    each = np.array(times[name])
    slowest = np.sort(each)[-max(1, len(each) // 10) :].mean()
    ratio = median_ratio(times, name, ATTENTION)
    return (
        f"{each.mean():.0f} / {np.median(each):.0f} / {slowest:.0f}",
        f"{ratio:.2f}",
    )


def main(num_rounds=20, *names):
    names = names or ("fnet", "gmlp")
    print_machine("tensorflow", "jax", "torch")
    print_header(
        *("backend", "token mixing", "million weights"),
        *("forward: mean / median / slowest tenth, ms", "to attention"),
        *("training step, ms", "to attention"),
    )
    for backend in installed("tensorflow", "jax", "torch"):
        num_weights, *times = in_child(
            __file__, backend, "measured", str(num_rounds), *names
        )
        for name in num_weights:
            cells = [cell for each in times for cell in summary(each, name)]
            millions = f"{num_weights[name] / 1e6:.2f}"
            print(f"| {' | '.join([backend, name, millions, *cells])} |")


if __name__ == "__main__" and not answered(measured=measured):
    main(*sys.argv[1:])
