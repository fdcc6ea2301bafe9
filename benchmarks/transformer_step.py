"""A training step of a transformer, compiled as each backend compiles it."""

from functools import partial

import numpy as np


def inputs(batch_size, length):
    ids = np.random.default_rng(0).integers(1, 2000, (batch_size, length))
    segments = np.zeros((batch_size, length))
    return {
        "token_ids": ids.astype("int32"),
        "segment_ids": segments.astype("int32"),
    }


def new_model():
    from keras_addons.models import RoFormer

    return RoFormer(2000, 6, 8, 512, 2048, dropout=0.0, attention_dropout=0.0)


def loss_of(outputs):
    from keras import ops

    return ops.mean(ops.square(outputs["sequence_output"][..., :64]))


def training_step(optimizer, batch_size, length):
    """Forward, backward and update of 20 million weights.

    Returns:
        A function without arguments that takes one step and waits for it.
    """
    import keras

    model, given = new_model(), inputs(batch_size, length)
    optimizer.build(model.trainable_variables)
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return tensorflow_step(optimizer, model, given)
    if backend == "torch":
        return torch_step(optimizer, model, given)
    return jax_step(
        *(model, given, stateless(optimizer)),
        [variable.value for variable in optimizer.variables],
    )


def tensorflow_step(optimizer, model, given):
    import tensorflow as tf

    weights = model.trainable_variables

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = loss_of(model(given, training=True))
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        optimizer.apply(gradients, weights)
        return loss

    return lambda: step().numpy()


def torch_step(optimizer, model, given):
    import torch

    weights = model.trainable_variables

    def step():
        model.zero_grad()
        loss_of(model(given, training=True)).backward()
        gradients = [weight.value.grad for weight in weights]
        with torch.no_grad():
            optimizer.apply(gradients, weights)

    return step


def stateless(optimizer):
    def update(gradients, state, weights):
        return optimizer.stateless_apply(state, gradients, weights)

    return update


def jax_step(model, given, update, state):
    """`update(gradients, state, weights)` returns new weights and state."""
    import jax

    others = [variable.value for variable in model.non_trainable_variables]

    def loss(weights):
        outputs, _ = model.stateless_call(weights, others, given, training=True)
        return loss_of(outputs)

    def step(weights, state):
        return update(jax.grad(loss)(weights), state, weights)

    step = jax.jit(step, donate_argnums=(0, 1))
    held = [[weight.value for weight in model.trainable_variables], state]

    def run():
        held[:] = step(*held)
        jax.block_until_ready(held)

    return run


def update_step(optimizer):
    """The update of the same weights alone, on gradients that stay."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        return jax_update_step(
            stateless(optimizer), partial(state_of, optimizer)
        )
    weights, gradients = weights_and_gradients()
    optimizer.build(weights)
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(lambda: optimizer.apply(gradients))
    import torch

    return torch.no_grad()(lambda: optimizer.apply(gradients))


def weights_and_gradients():
    import keras

    weights = new_model().trainable_variables
    gradients = [
        keras.random.normal(weight.shape, stddev=1e-3, seed=index)
        for index, weight in enumerate(weights)
    ]
    return weights, gradients


def state_of(optimizer, weights):
    optimizer.build(weights)
    return values(optimizer.variables)


def values(variables):
    return [variable.value for variable in variables]


def jax_update_step(update, init):
    """`init(variables)` returns the state that `update` takes."""
    import jax

    weights, gradients = weights_and_gradients()

    # In the order of the results: else XLA gives the memory of one array to
    # another of the same shape, and copies both.
    def step(weights, state):
        return update(gradients, state, weights)

    step = jax.jit(step, donate_argnums=(0, 1))
    held = [values(weights), init(weights)]

    def run():
        held[:] = step(*held)
        jax.block_until_ready(held)

    return run
