"""Every public optimizer, found by its export: nobody is left out by hand."""

import inspect

import keras
import numpy as np

from keras_addons import optimizers
from tests.optimizers.training import BACKEND

CLASSES = {
    name: each
    for name, each in vars(optimizers).items()
    if inspect.isclass(each)
    and issubclass(each, keras.optimizers.Optimizer)
    and not inspect.isabstract(each)
}
# What a class needs, and what makes its rule act in each step: a wrapper that
# waits for its turn would pass for one that works.
OPTIONS = {
    "AccumulatedAdam": {"steps": 1},
    "AccumulatedSGD": {"steps": 1},
    "AdaFactor": {"min_dim_size_to_factor": 2, "beta_1": 0.5},
    "ExponentialMovingAverage": {"momentum": 0.5},
    "GradientAccumulation": {"steps": 1},
    "LearningRateMultiplier": {"multipliers": {"": 0.5}},
    "Lookahead": {"sync_period": 1},
    "StochasticRounding": {"seed": 1},
}


def is_wrapper(name):
    return issubclass(CLASSES[name], optimizers.OptimizerWrapper)


def make(name, inner=keras.optimizers.SGD, rate=0.1, options=None, **inner_s):
    """A new optimizer; the keyword arguments go to the innermost."""
    options = {**OPTIONS.get(name, {}), **(options or {})}
    if is_wrapper(name):
        return CLASSES[name](inner(rate, **inner_s), **options)
    return CLASSES[name](rate, **options, **inner_s)


def new_variable(value, name="embeddings", **arguments):
    # The name makes it an embedding, for which LazyOptimizer has a rule.
    return keras.Variable(np.array(value, "float32"), name=name, **arguments)


def step(optimizer, gradients, variables):
    """One call of `apply` as a training step makes it; values are tensors."""
    gradients = [
        keras.ops.convert_to_tensor(each, "float32")
        if isinstance(each, (np.ndarray, list, float))
        else each
        for each in gradients
    ]
    if BACKEND != "jax":
        optimizer.apply(gradients, variables)
        return
    # LossScaleOptimizer has no other way here.
    if not optimizer.built:
        optimizer.build(variables)
    weights, state = optimizer.stateless_apply(
        [each.value for each in optimizer.variables],
        gradients,
        [each.value for each in optimizer._trainable_variables],
    )
    for variable, value in zip(optimizer._trainable_variables, weights):
        variable.assign(value)
    for variable, value in zip(optimizer.variables, state):
        variable.assign(value)


def values(variables):
    return [np.array(variable.numpy()) for variable in variables]


def compiled_steps(optimizer, gradients, variables):
    """Calls of `apply`, compiled; TensorFlow builds while it traces."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        @tf.function(jit_compile=True)
        def run(*gradients):
            optimizer.apply(list(gradients), variables)

        for each in gradients:
            run(*each)
        return
    if BACKEND == "torch":
        import torch

        # Traced as by `jit_compile=True`, and run without a C++ compiler; from
        # nothing, as after some functions torch leaves others uncompiled.
        torch.compiler.reset()
        run = torch.compile(optimizer.apply, backend="eager")
        with torch.no_grad():
            optimizer.build(variables)
            for each in gradients:
                run(each, variables)
        return
    import jax

    optimizer.build(variables)
    run = jax.jit(optimizer.stateless_apply)
    weights = [each.value for each in variables]
    state = [each.value for each in optimizer.variables]
    for each in gradients:
        weights, state = run(state, each, weights)
    for variable, value in zip(variables, weights):
        variable.assign(value)
    for variable, value in zip(optimizer.variables, state):
        variable.assign(value)


# In an order that is legal, the outermost first. StochasticRounding takes the
# place of MasterWeights, which it may not be nested with.
WRAPPERS = (
    "SkipNonFinite",
    "ExponentialMovingAverage",
    "MasterWeights",
    "Lookahead",
    "LayerAdaptation",
    "LearningRateMultiplier",
    "WeightDecay",
    "GradientCentralization",
    "GradientAccumulation",
    "LazyOptimizer",
)


def nest(names, optimizer, **options):
    """Wraps an optimizer; `options` by name of the wrapper."""
    for name in reversed(names):
        arguments = {**OPTIONS.get(name, {}), **options.get(name, {})}
        optimizer = CLASSES[name](optimizer, **arguments)
    return optimizer
