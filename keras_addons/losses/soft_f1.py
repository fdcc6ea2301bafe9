"""Soft F1: the F1 score of a batch, with a gradient."""

import keras
from keras import ops

from keras_addons.losses.batch_loss import BatchLoss

AVERAGES = ("micro", "macro")
# So that F1 is 1 where nothing is to be found and nothing is found.
EPSILON = 1e-7


def soft_f1_loss(y_true, y_pred, average="micro"):
    """One minus `2 sum(p y) / sum(p + y)` of probabilities `p = sigmoid(z)`.

    Args:
        y_true: tensor of the shape of `y_pred`, 1 for what is right, else 0.
        y_pred: float tensor (batch, ...), the logits `z`.
        average: "micro" for one F1 over everything, "macro" for the mean of
            the F1 of each place of the last axis (class). Defaults to
            "micro".

    Returns:
        float32 scalar, from 0 to 1.

    Raises:
        ValueError: `average` is another, or the shapes differ.

    Example:

    >>> logits = ops.log(ops.array([[3.0], [1.0], [1 / 3]]))  # .75 .5 .25
    >>> loss = soft_f1_loss(ops.array([[1], [1], [0]]), logits)
    >>> print(f"{float(loss):.4f}")  # 1 - 2 * 1.25 / (1.5 + 2)
    0.2857

    Reference:
        https://kexue.fm/archives/6620
    """
    check_average(average)
    if len(y_true.shape) != len(y_pred.shape) or any(
        None not in (one, other) and one != other
        for one, other in zip(y_true.shape, y_pred.shape)
    ):
        raise ValueError(
            "`y_pred` must have the shape of `y_true`. Received shapes: "
            f"{tuple(y_pred.shape)} and {tuple(y_true.shape)}"
        )
    probabilities = ops.sigmoid(ops.cast(y_pred, "float32"))
    labels = ops.cast(y_true, "float32")
    axes = None
    if average == "macro":
        axes = tuple(range(len(y_pred.shape) - 1))
    found = 2 * ops.sum(probabilities * labels, axis=axes)
    total = ops.sum(probabilities + labels, axis=axes)
    return 1 - ops.mean((found + EPSILON) / (total + EPSILON))


@keras.saving.register_keras_serializable(package="keras_addons")
class SoftF1(BatchLoss):
    """One minus the F1 score of a batch, with probabilities for answers.

    `1 - 2 sum(p y) / sum(p + y)` over the batch, with `p = sigmoid(z)`: the
    F1 of the answers `z > 0`, once all logits are far from 0. What is right in
    being absent does not count, so that rare labels need no weights. 0 where
    there is nothing to be found and nothing found.

    F1 is no mean over examples: the loss is that of the whole batch, over all
    replicas (see `BatchLoss`), and differs from the F1 of the data set. A
    batch should hold several examples that are right.

    Inputs:
        y_true: (batch, ...), 1 for what is right and 0 for what is not.
        y_pred: (batch, ...), logits of any float dtype, without an activation,
            of the same shape.
        sample_weight: raises ValueError, since the batch has one value.

    When to use:
        To tune a model for F1 that has been trained with a crossentropy, or
        as a second term beside it. Alone, from the start, it learns slowly:
        its gradient is nearly 0 where all logits are far from right.

    Related:
        `MultiLabelCrossentropy` to train with first: it too needs no
        weights. `keras.metrics.F1Score` measures it. `SoftAccuracy` for
        accuracy.

    Args:
        average: "micro" for one F1 over everything, "macro" for the mean of
            the F1 of each place of the last axis (class). Defaults to
            "micro".
        **kwargs: `reduction` and `name`, as for every Keras loss.

    Returns:
        One value for the batch.

    Raises:
        ValueError: `average` is another, or the shapes of `y_true` and
            `y_pred` differ.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SoftF1
    >>> logits = np.array([[9.0], [9.0], [-9.0], [-9.0]], "float32")
    >>> value = SoftF1()(np.array([[1], [0], [1], [0]]), logits)
    >>> print(f"{float(value):.3f}")  # one of two found, one of two right
    0.500

    Reference:
        https://kexue.fm/archives/6620
    """

    weighs_rows = False

    def __init__(self, average="micro", **kwargs):
        super().__init__(**kwargs)
        check_average(average)
        self.average = average

    def call(self, y_true, y_pred):
        return ops.reshape(soft_f1_loss(y_true, y_pred, self.average), (1,))

    def get_config(self):
        return {**super().get_config(), "average": self.average}


def check_average(average):
    if average not in AVERAGES:
        raise ValueError(
            f'`average` must be "micro" or "macro". Received: {average!r}'
        )
