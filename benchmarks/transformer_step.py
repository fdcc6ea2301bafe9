"""A training step of a transformer, compiled as each backend compiles it."""

import numpy as np


def inputs(batch_size, length):
    ids = np.random.default_rng(0).integers(1, 2000, (batch_size, length))
    return {
        "token_ids": ids.astype("int32"),
        "segment_ids": np.zeros((batch_size, length), "int32"),
    }


def new_model():
    from keras_addons.models import RoFormer

    return RoFormer(2000, 6, 8, 512, 2048, dropout=0.0, attention_dropout=0.0)


def transformer_step(optimizer, batch_size=8, length=32):
    """Forward, backward and update of 20 million weights.

    Returns:
        A function without arguments that takes one step and waits for it.
    """
    import keras

    given = inputs(batch_size, length)
    makers = {
        "tensorflow": tensorflow_step,
        "jax": jax_step,
        "torch": torch_step,
    }
    return makers[keras.backend.backend()](optimizer, new_model(), given)


def loss_of(outputs):
    from keras import ops

    return ops.mean(ops.square(outputs["sequence_output"][..., :64]))


def tensorflow_step(optimizer, model, given):
    import tensorflow as tf

    weights = model.trainable_variables
    optimizer.build(weights)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = loss_of(model(given, training=True))
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        optimizer.apply(gradients, weights)
        return loss

    return lambda: step().numpy()


def jax_step(optimizer, model, given):
    import jax

    others = [variable.value for variable in model.non_trainable_variables]
    optimizer.build(model.trainable_variables)

    def loss(weights):
        outputs, _ = model.stateless_call(weights, others, given, training=True)
        return loss_of(outputs)

    def step(weights, state):
        gradients = jax.grad(loss)(weights)
        return optimizer.stateless_apply(state, gradients, weights)

    step = jax.jit(step, donate_argnums=(0, 1))
    held = [
        [variable.value for variable in variables]
        for variables in (model.trainable_variables, optimizer.variables)
    ]

    def run():
        held[:] = step(*held)
        jax.block_until_ready(held)

    return run


def torch_step(optimizer, model, given):
    import torch

    weights = model.trainable_variables
    optimizer.build(weights)

    def run():
        model.zero_grad()
        loss_of(model(given, training=True)).backward()
        gradients = [weight.value.grad for weight in weights]
        with torch.no_grad():
            optimizer.apply(gradients, weights)

    return run
