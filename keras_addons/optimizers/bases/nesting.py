"""Which optimizers are inside of an optimizer, and which may be.

A wrapper declares what it does (`moves_weights` and the others of
`OptimizerWrapper`); here alone it is judged what may be inside of what.
"""

import keras
import numpy as np

from keras_addons import backend


def chain(optimizer):
    """Returns `optimizer` and what it wraps, the outermost first."""
    optimizers = [optimizer]
    while hasattr(optimizers[-1], "inner_optimizer"):
        optimizers.append(optimizers[-1].inner_optimizer)
    return optimizers


def raise_if_illegal(wrapper, inner_optimizer):
    """Raises ValueError where `wrapper` may not be around an optimizer."""
    if not isinstance(inner_optimizer, keras.optimizers.Optimizer):
        raise ValueError(
            "`inner_optimizer` must be a Keras optimizer, its name or its "
            f"config. Received: {inner_optimizer!r}"
        )
    for inner in chain(inner_optimizer):
        problem = (
            problem_of_place(wrapper, inner)
            or problem_of_averages(wrapper, inner)
            or problem_of_rounding(wrapper, inner)
            or problem_of_rows(
                wrapper, inner, hasattr(inner, "inner_optimizer")
            )
            or problem_of_counts(wrapper, inner)
            or problem_of_decay(wrapper, inner)
        )
        if problem:
            raise ValueError(problem)


def raise_if_rows_are_coupled(wrapper):
    """Raises ValueError where an optimizer must be elementwise and is not.

    By steps of a copy of it, so after all other checks.
    """
    inner = wrapper.inner_optimizer
    if wrapper.needs_elementwise and not is_elementwise(inner):
        raise ValueError(problem_of_rows(wrapper, inner, True))


def declares(optimizer, trait):
    """Returns whether an optimizer declares a trait; Keras' declare none."""
    return getattr(optimizer, trait, False)


def problem_of_place(wrapper, inner):
    name = type(wrapper).__name__
    if isinstance(inner, keras.optimizers.LossScaleOptimizer):
        return (
            "`LossScaleOptimizer` must be the outermost optimizer: loss "
            "scaling skips steps, which a wrapper outside of it would "
            f"count. Write LossScaleOptimizer({name}(...)) instead."
        )
    if type(inner) is type(wrapper):
        return (
            f"`inner_optimizer` already holds a {name}; give one with the "
            f"settings that you mean. Received: {inner}"
        )


def problem_of_averages(wrapper, inner):
    """An average of weights that are not yet, or never, the model's."""
    name = type(wrapper).__name__
    remedy = f"Write ExponentialMovingAverage({name}(...)) instead."
    if wrapper.averages_weights and inner.use_ema:
        return (
            "`inner_optimizer` must not average weights itself. "
            f"Received: use_ema=True in '{inner.name}'"
        )
    is_averaging = declares(inner, "averages_weights")
    if wrapper.rounds_weights and (is_averaging or inner.use_ema):
        return (
            "`inner_optimizer` would average float32 weights, which are not "
            f"the weights of the model. {remedy} Received: '{inner.name}'"
        )
    if wrapper.moves_weights and is_averaging:
        return (
            f"`inner_optimizer` would average the weights before {name} "
            f"changes them. {remedy} Received: '{inner.name}'"
        )
    if wrapper.revises_steps and inner.use_ema:
        return (
            f"`use_ema` of '{inner.name}' would average the weights before "
            f"{name} revises them. Put ExponentialMovingAverage around it "
            "instead."
        )


def problem_of_rounding(wrapper, inner):
    """Weights that are moved after they have been rounded to 16 bits."""
    if not declares(inner, "rounds_weights"):
        return None
    name, rounding = type(wrapper).__name__, type(inner).__name__
    if wrapper.rounds_weights:
        return (
            f"`inner_optimizer` rounds the weights already. Take {name} or "
            f"{rounding}, not both. Received: '{inner.name}'"
        )
    if wrapper.moves_weights:
        return (
            f"`inner_optimizer` would round the weights before {name} "
            f"changes them. Write {rounding}({name}(...)) instead. "
            f"Received: '{inner.name}'"
        )


def problem_of_rows(wrapper, inner, couples_rows):
    """Rows that are stepped on alone by a rule that looks at others."""
    if wrapper.needs_elementwise and couples_rows:
        name = type(wrapper).__name__
        return (
            "`inner_optimizer` must be elementwise: each weight may depend on "
            "its own gradient and slots only. Put other wrappers outside: "
            f"Lookahead({name}(...)). Received: {type(inner).__name__}"
        )


def problem_of_counts(wrapper, inner):
    """Micro-batches that are counted twice, or rows that wait for others."""
    if wrapper.needs_whole_steps and inner.gradient_accumulation_steps:
        # Keras' condition would lose the values that exist during the step.
        name = type(wrapper).__name__
        return (
            "`inner_optimizer` must not accumulate gradients by "
            "`gradient_accumulation_steps`. Write GradientAccumulation("
            f"{name}(...), steps=...) instead. Received: '{inner.name}'"
        )
    if not (wrapper.accumulates or wrapper.needs_elementwise):
        return None
    steps = inner.gradient_accumulation_steps
    if declares(inner, "accumulates"):
        steps = inner.steps
    if steps:
        return (
            "`inner_optimizer` must not accumulate gradients itself. "
            f"Received: '{inner.name}', which does over {steps} steps"
        )


def problem_of_decay(wrapper, inner):
    if wrapper.decays_weights and inner.weight_decay:
        return (
            "`inner_optimizer` must not decay weights itself. "
            f"Received: weight_decay={inner.weight_decay} in '{inner.name}'"
        )


def is_elementwise(optimizer):
    """Returns whether rows step alone as they step together, by trying."""
    # Once: while a model is loaded, a second config would name the same object.
    config = keras.saving.serialize_keras_object(optimizer)
    matrix = np.array([[0.3, -1.2], [2.0, 0.1], [-0.7, 0.4]], "float32")
    together = rows_stepped(config, matrix)
    return all(
        np.allclose(
            rows_stepped(config, matrix[:num_rows]),
            together[:num_rows],
            rtol=1e-5,
        )
        for num_rows in (1, 2)
    )


def rows_stepped(config, rows):
    """What an optimizer of this config makes of rows; each has gradients."""
    copy = keras.saving.deserialize_keras_object(config)
    # Clipping is elementwise or not by itself, and done before the step.
    copy.clipnorm = copy.global_clipnorm = copy.clipvalue = None
    variable = keras.Variable(rows)
    copy.build([variable])
    gradients = np.array([[-0.7, 0.4], [2.0, 0.1], [0.3, -1.2]], "float32")

    def step():
        # Of several sizes and directions, for norms and cosines.
        for scale, shift in ((1.0, 0), (10.0, 1), (0.1, 2)):
            gradient = scale * np.roll(gradients, shift)[: len(rows)]
            copy.apply([keras.ops.convert_to_tensor(gradient)], [variable])

    backend.update_outside_step(step, [variable])
    return variable.numpy()
