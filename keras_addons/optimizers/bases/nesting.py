"""Which optimizers are inside of an optimizer, and which may be."""

import keras


def chain(optimizer):
    """Returns `optimizer` and what it wraps, the outermost first."""
    optimizers = [optimizer]
    while hasattr(optimizers[-1], "inner_optimizer"):
        optimizers.append(optimizers[-1].inner_optimizer)
    return optimizers


def check_nesting(wrapper, inner_optimizer):
    """Raises ValueError where `wrapper` may not be around another optimizer."""
    if not isinstance(inner_optimizer, keras.optimizers.Optimizer):
        raise ValueError(
            "`inner_optimizer` must be a Keras optimizer, its name or its "
            f"config. Received: {inner_optimizer!r}"
        )
    name = type(wrapper).__name__
    for inner in chain(inner_optimizer):
        if isinstance(inner, keras.optimizers.LossScaleOptimizer):
            raise ValueError(
                "`LossScaleOptimizer` must be the outermost optimizer: loss "
                "scaling skips steps, which a wrapper outside of it would "
                f"count. Write LossScaleOptimizer({name}(...)) instead."
            )
        if type(inner) is type(wrapper):
            raise ValueError(
                f"`inner_optimizer` already holds a {name}; give one with the "
                f"settings that you mean. Received: {inner_optimizer}"
            )
