"""Soft accuracy: the share of right answers, with a gradient."""

import keras
from keras import ops


def soft_accuracy_loss(y_true, y_pred):
    """One minus the probability of the right class, `1 - softmax(z)_y`.

    Args:
        y_true: integers (...,), the right class of each example.
        y_pred: float tensor (..., classes), the logits.

    Returns:
        float32 tensor (...,), from 0 to 1; 1 where the label is not a class.

    Example:

    >>> logits = ops.log(ops.array([[0.7, 0.2, 0.1]] * 2))
    >>> losses = soft_accuracy_loss(ops.array([0, 1]), logits)
    >>> ops.convert_to_numpy(losses).round(3)
    array([0.3, 0.8], dtype=float32)

    Reference:
        https://kexue.fm/archives/6620
    """
    logits = ops.cast(y_pred, "float32")
    y_true = ops.reshape(ops.cast(y_true, "int32"), ops.shape(logits)[:-1])
    classes = ops.arange(logits.shape[-1], dtype="int32")
    is_right = classes == y_true[..., None]
    # The sum of the others, not 1 - p, which is 0 once p is rounded to 1.
    others = ops.where(is_right, 0.0, ops.softmax(logits, axis=-1))
    return ops.sum(others, axis=-1)


@keras.saving.register_keras_serializable(package="keras_addons")
class SoftAccuracy(keras.losses.Loss):
    """One minus the accuracy that is expected of drawn answers.

    `1 - softmax(z)_y` for each example: the mean is one minus the accuracy, if
    answers were drawn from the softmax, and tends to one minus the accuracy
    itself as the logits grow. It is the mean absolute error of the
    probabilities, halved. An example counts 1 at most, however wrong it is, so
    that a few wrong labels do little harm.

    Inputs:
        y_true: integers (batch, ...), the right classes.
        y_pred: (batch, ..., classes), logits of any float dtype, without an
            activation.
        sample_weight: None or (batch, ...), as for every crossentropy.

    When to use:
        To tune a classifier for accuracy that has been trained with
        crossentropy, or where some labels are wrong. Not from the start: the
        gradient is `p (1 - p)` of the right class, nearly 0 for an example
        that is far from right.

    Related:
        `SoftF1` for F1. `keras.losses.SparseCategoricalCrossentropy` to train
        with first.

    Args:
        reduction: as for every Keras loss. Defaults to
            "sum_over_batch_size".
        name: string.

    Returns:
        One value an example, then reduced.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SoftAccuracy
    >>> logits = np.log(np.array([[0.7, 0.2, 0.1]] * 2, "float32"))
    >>> print(f"{float(SoftAccuracy()(np.array([0, 1]), logits)):.2f}")
    0.55

    Reference:
        [Ghosh et al., 2017](https://arxiv.org/abs/1712.09482),
        https://kexue.fm/archives/6620
    """

    def __init__(self, reduction="sum_over_batch_size", name=None):
        super().__init__(name=name, reduction=reduction, dtype="float32")

    def call(self, y_true, y_pred):
        return soft_accuracy_loss(y_true, y_pred)
