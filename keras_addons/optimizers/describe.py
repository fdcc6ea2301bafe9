"""A table of the rules that an optimizer applies to each variable."""

from keras_addons.optimizers.bases.description import description_of
from keras_addons.optimizers.bases.state import path_of

COLUMNS = ("variable", "shape", "rate x", "decay", "adapted", "by rows")


def describe(optimizer, variables):
    """Lists the rules that an optimizer applies to each variable.

    One line for each variable, for any nesting of wrappers, also inside a
    `LossScaleOptimizer` or a `MultiOptimizer`:

    - `rate x`: the factor of the learning rate, the product over all
      `LearningRateMultiplier`s;
    - `decay`: the `d` of `w - learning_rate * d * w`, from `WeightDecay` or
      from the `weight_decay` of a Keras optimizer, with its exclusions and
      with the factors of the multipliers around it;
    - `adapted`: whether `LayerAdaptation` or `keras.optimizers.Lamb` scales
      the step by norms;
    - `by rows`: whether `LazyOptimizer` updates only rows with a gradient. On
      TensorFlow this includes, by default, every variable with a sparse
      gradient, which is known after the first step.

    `Tiger` scales rates and decay by its own rules, which are not listed. The
    optimizer is neither built nor changed.

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
    rows = [COLUMNS] + [format_row(optimizer, each) for each in variables]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def format_row(optimizer, variable):
    """The cells of one line."""
    rate, decay, is_adapted, is_by_rows = description_of(optimizer, variable)
    numbers = (f"{rate:.4g}", f"{decay:.4g}")
    answers = ("yes" if each else "no" for each in (is_adapted, is_by_rows))
    return (path_of(variable), str(tuple(variable.shape)), *numbers, *answers)
