"""What a nesting of wrappers does to each variable, as a table."""

import keras

from keras_addons.optimizers.bases.nesting import chain
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper
from keras_addons.optimizers.layer_adaptation import LayerAdaptation
from keras_addons.optimizers.lazy import LazyOptimizer
from keras_addons.optimizers.learning_rate_multiplier import (
    LearningRateMultiplier,
)
from keras_addons.optimizers.tiger import Tiger
from keras_addons.optimizers.tiger import decays
from keras_addons.optimizers.weight_decay import WeightDecay

COLUMNS = ("variable", "shape", "rate x", "decay", "adapted", "by rows")


def describe(optimizer, variables):
    """Says which rules of an optimizer concern which variable.

    One line a variable, for any nesting, also in a `LossScaleOptimizer` and a
    `MultiOptimizer`:

    - `rate x`: the factor of the learning rate, the product of what all
      `LearningRateMultiplier`s say;
    - `decay`: the `d` of `w - learning_rate * d * w`, from `WeightDecay` or
      the `weight_decay` of a Keras optimizer, with what it excludes and
      times the factors of the multipliers around it;
    - `adapted`: whether `LayerAdaptation`, or `keras.optimizers.Lamb`,
      scales the step by norms;
    - `by rows`: whether `LazyOptimizer` updates the touched rows alone. On
      TensorFlow it does so by default also for every variable that comes with
      a sparse gradient, which is known after the first step.

    `Tiger` scales rates and decay by rules of its own, which are not listed.
    Nothing is built or changed.

    Args:
        optimizer: a Keras optimizer.
        variables: list of variables, for example `model.trainable_variables`.

    Returns:
        string, a table to print.

    Example:

    >>> variables = [
    ...     keras.Variable([[1.0]], name="kernel"),
    ...     keras.Variable([1.0], name="bias"),
    ... ]
    >>> optimizer = WeightDecay("adam", rate=0.1, exclude=["bias"])
    >>> optimizer = LearningRateMultiplier(optimizer, {"kernel": 0.5})
    >>> print(describe(optimizer, variables))
    variable  shape   rate x  decay  adapted  by rows
    kernel    (1, 1)  0.5     0.05   no       no
    bias      (1,)    1       0      no       no

    Reference:
        https://kexue.fm/archives/7094
    """
    rows = [COLUMNS] + [row(optimizer, variable) for variable in variables]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def row(optimizer, variable):
    factor, decay, is_adapted, by_rows = 1.0, 0.0, False, False
    for each, own in reversed(chain_of(optimizer, variable)):
        if isinstance(each, LearningRateMultiplier):
            factor *= each.factor(each.path(own))
            decay *= each.factor(each.path(own))
        elif isinstance(each, WeightDecay):
            is_decayed = each.concerns(each.path(own))
            decay += each.rate if is_decayed else 0.0
        elif isinstance(each, LayerAdaptation):
            is_adapted |= each.concerns(each.path(own))
        elif isinstance(each, LazyOptimizer):
            by_rows |= each.is_lazy(own)
        elif each.weight_decay and is_decayed_by(each, own):
            decay += each.weight_decay
        is_adapted |= isinstance(each, keras.optimizers.Lamb)
    numbers = (f"{factor:.4g}", f"{decay:.4g}")
    answers = ("yes" if each else "no" for each in (is_adapted, by_rows))
    return (path_of(variable), str(tuple(variable.shape)), *numbers, *answers)


def is_decayed_by(optimizer, variable):
    """Whether the `weight_decay` of an optimizer acts on a variable."""
    if isinstance(optimizer, Tiger) and not decays(path_of(variable)):
        return False
    if hasattr(optimizer, "_is_excluded_from_weight_decay"):
        # Since Keras 3.16, where the other needs an optimizer that is built.
        return not optimizer._is_excluded_from_weight_decay(variable)
    return optimizer._use_weight_decay(variable)


def chain_of(optimizer, variable):
    """`chain`, through a `MultiOptimizer` to the optimizer of a variable.

    Each with the variable that it steps on in its place.
    """
    pairs = []
    for each in chain(optimizer):
        pairs.append((each, variable))
        if each.built and isinstance(each, OptimizerWrapper):
            (variable,) = each.stand_ins([variable])
    if isinstance(each, keras.optimizers.MultiOptimizer):
        pairs += chain_of(each._optimizer_map(variable), variable)
    return pairs
