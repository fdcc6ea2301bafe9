"""Checks which optimizers a wrapper may contain.

Wrappers declare traits (`moves_weights` and the other class attributes of
`OptimizerWrapper`); all rules about nestings are in this file.
"""

import keras
import numpy as np

from keras_addons import backend


def chain(optimizer):
    """Returns `optimizer` and all inner optimizers, the outermost first."""
    optimizers = [optimizer]
    while hasattr(optimizers[-1], "inner_optimizer"):
        optimizers.append(optimizers[-1].inner_optimizer)
    return optimizers


def raise_if_illegal(wrapper, inner_optimizer):
    """Raises ValueError if `wrapper` may not contain `inner_optimizer`."""
    if not isinstance(inner_optimizer, keras.optimizers.Optimizer):
        raise ValueError(
            "`inner_optimizer` must be a Keras optimizer, its name or its "
            f"config. Received: {inner_optimizer!r}"
        )
    for inner in chain(inner_optimizer):
        problem = (
            find_problem_of_place(wrapper, inner)
            or find_problem_of_averages(wrapper, inner)
            or find_problem_of_rounding(wrapper, inner)
            or find_problem_of_rows(
                wrapper, inner, hasattr(inner, "inner_optimizer")
            )
            or find_problem_of_counts(wrapper, inner)
            or find_problem_of_decay(wrapper, inner)
        )
        if problem:
            raise ValueError(problem)


def raise_if_rows_are_coupled(wrapper):
    """Raises ValueError if the inner optimizer must be elementwise but is not.

    Found out by steps of a copy, so this is called after all other checks.
    """
    inner = wrapper.inner_optimizer
    if wrapper.needs_elementwise and not is_elementwise(inner):
        raise ValueError(find_problem_of_rows(wrapper, inner, True))


def declares(optimizer, trait):
    """Whether an optimizer declares a trait; Keras optimizers declare none."""
    return getattr(optimizer, trait, False)


def find_problem_of_place(wrapper, inner):
    name = type(wrapper).__name__
    if isinstance(inner, keras.optimizers.LossScaleOptimizer):
        return (
            "`LossScaleOptimizer` must be the outermost optimizer: a wrapper "
            "around it would count the steps that loss scaling skips. Write "
            f"LossScaleOptimizer({name}(...)) instead."
        )
    if type(inner) is type(wrapper):
        return (
            f"`inner_optimizer` already holds a {name}. Use a single one. "
            f"Received: {inner}"
        )


def find_problem_of_averages(wrapper, inner):
    """An inner average over weights that differ from the model's."""
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
            f"{name} revises them. Write ExponentialMovingAverage({name}(...))"
            " instead."
        )


def find_problem_of_rounding(wrapper, inner):
    """A wrapper that changes weights after they were rounded to 16 bits."""
    if not declares(inner, "rounds_weights"):
        return None
    name, rounding = type(wrapper).__name__, type(inner).__name__
    if wrapper.rounds_weights:
        return (
            f"`inner_optimizer` rounds the weights already. Use {name} or "
            f"{rounding}, not both. Received: '{inner.name}'"
        )
    if wrapper.moves_weights:
        return (
            f"`inner_optimizer` would round the weights before {name} "
            f"changes them. Write {rounding}({name}(...)) instead. "
            f"Received: '{inner.name}'"
        )


def find_problem_of_rows(wrapper, inner, couples_rows):
    """Lazy steps on single rows by a rule that couples rows."""
    if wrapper.needs_elementwise and couples_rows:
        name = type(wrapper).__name__
        return (
            "`inner_optimizer` must be elementwise: the step of each weight "
            "may depend on its own gradient and slots only. Put other wrappers "
            f"outside, as in Lookahead({name}(...)). "
            f"Received: {type(inner).__name__}"
        )


def find_problem_of_counts(wrapper, inner):
    """Gradient accumulation inside a wrapper that does not allow it."""
    if wrapper.needs_whole_steps and inner.gradient_accumulation_steps:
        # Values that exist only during a step do not survive Keras' `cond`.
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
            f"Received: '{inner.name}', which accumulates over {steps} steps"
        )


def find_problem_of_decay(wrapper, inner):
    if wrapper.decays_weights and inner.weight_decay:
        return (
            "`inner_optimizer` must not decay weights itself. "
            f"Received: weight_decay={inner.weight_decay} in '{inner.name}'"
        )


def is_elementwise(optimizer):
    """Whether single rows take the same steps as all rows, by trying."""
    # Serialized once: while a model is loaded, a second config would refer to
    # the same object.
    config = keras.saving.serialize_keras_object(optimizer)
    matrix = np.array([[0.3, -1.2], [2.0, 0.1], [-0.7, 0.4]], "float32")
    together = step_rows(config, matrix)
    return all(
        np.allclose(
            step_rows(config, matrix[:num_rows]),
            together[:num_rows],
            rtol=1e-5,
        )
        for num_rows in (1, 2)
    )


def step_rows(config, rows):
    """Steps an optimizer of this config on rows; returns the new rows."""
    copy = keras.saving.deserialize_keras_object(config)
    # Clipping is independent of the rule and happens before the step.
    copy.clipnorm = copy.global_clipnorm = copy.clipvalue = None
    variable = keras.Variable(rows)
    copy.build([variable])
    gradients = np.array([[-0.7, 0.4], [2.0, 0.1], [0.3, -1.2]], "float32")

    def step():
        # Several sizes and directions, which rules with norms would notice.
        for scale, shift in ((1.0, 0), (10.0, 1), (0.1, 2)):
            gradient = scale * np.roll(gradients, shift)[: len(rows)]
            copy.apply([keras.ops.convert_to_tensor(gradient)], [variable])

    backend.update_outside_step(step, [variable])
    return variable.numpy()
