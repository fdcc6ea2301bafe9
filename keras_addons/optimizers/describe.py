"""What a nesting of wrappers does to each variable, as a table."""

from keras_addons.optimizers.bases.description import description_of
from keras_addons.optimizers.bases.state import path_of

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

    >>> import keras
    >>> from keras_addons import optimizers
    >>> variables = [
    ...     keras.Variable([[1.0]], name="kernel"),
    ...     keras.Variable([1.0], name="bias"),
    ... ]
    >>> optimizer = optimizers.WeightDecay("adam", rate=0.1, exclude=["bias"])
    >>> optimizer = optimizers.LearningRateMultiplier(
    ...     optimizer, {"kernel": 0.5}
    ... )
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
    rate, decay, is_adapted, is_by_rows = description_of(optimizer, variable)
    numbers = (f"{rate:.4g}", f"{decay:.4g}")
    answers = ("yes" if each else "no" for each in (is_adapted, is_by_rows))
    return (path_of(variable), str(tuple(variable.shape)), *numbers, *answers)
