"""Multi-label crossentropy, with the indices of the right classes."""

import keras
from keras import ops

from keras_addons.losses.multi_label_crossentropy import (
    multi_label_crossentropy,
)
from keras_addons.losses.multi_label_loss import MultiLabelLoss
from keras_addons.losses.multi_label_loss import check_axis
from keras_addons.ops.multi_hot import multi_hot


def sparse_multi_label_crossentropy(y_true, y_pred, axis=-1):
    """`multi_label_crossentropy` of the indices of the right classes.

    The zeros and ones are made beside the logits, on their device, so the
    batch carries the indices alone. They take the memory of two more float32
    tensors of the size of the logits. The sparse form of the post subtracts the
    right classes from the sum over all, which leaves rounding errors once
    they are learnt: its loss falls without end. Here no sum is subtracted,
    and the value is that of the dense form.

    Args:
        y_true: integer tensor (..., num_indices), padded with -1. With
            several axes (..., num_indices, number of axes): for spans
            `[start, end]`. Indices outside of the classes stand for none.
        y_pred: float tensor (..., classes), the logits.
        axis: -1, or a tuple of the last axes, such as (-2, -1), if the
            classes have several. Defaults to -1.

    Returns:
        float32 tensor, without the axes of the classes.

    Raises:
        ValueError: `axis` is something else, or the ranks do not fit.

    Example:

    >>> logits = ops.array([[2.0, 0.0, 0.0]])
    >>> losses = sparse_multi_label_crossentropy(ops.array([[0, -1]]), logits)
    >>> ops.convert_to_numpy(losses).round(3)  # log(1+2) + log(1+e^-2)
    array([1.226], dtype=float32)

    Reference:
        https://kexue.fm/archives/7359
    """
    num_axes = check_axis(axis)
    rank = len(y_pred.shape) - num_axes + 1 + (num_axes > 1)
    if len(y_true.shape) != rank:
        raise ValueError(
            f"`y_true` must have {rank} axes for `axis={axis}` and `y_pred` "
            f"of shape {tuple(y_pred.shape)}. "
            f"Received shape: {tuple(y_true.shape)}"
        )
    classes = ops.shape(y_pred)[-num_axes:]
    is_right = multi_hot(y_true, classes[0] if num_axes == 1 else classes)
    return multi_label_crossentropy(is_right, y_pred, axis)


@keras.saving.register_keras_serializable(package="keras_addons")
class SparseMultiLabelCrossentropy(MultiLabelLoss):
    """Multi-label crossentropy, with the indices of the right classes.

    `log(1 + sum_neg exp(s)) + log(1 + sum_pos exp(-s))` for each set of
    classes, to the last digit the value of the dense loss.

    Inputs:
        y_true: integers (batch, ..., num_indices), padded with -1; an index
            outside of the classes stands for none. With `axis=(-2, -1)`
            (batch, ..., num_indices, 2): for `layers.GlobalPointer` the
            `[start, end]` of the spans of each head, (batch, heads,
            num_spans, 2).
        y_pred: (batch, ..., classes), logits of any float dtype, without an
            activation.
        sample_weight: None or (batch,), or more of the axes before the
            classes.

    When to use:
        The data of `MultiLabelCrossentropy` with so many classes that a zero
        or one for each would make batches large: ten types of spans in 32
        texts of 256 tokens are 21 million.

    Related:
        `MultiLabelCrossentropy` takes a zero or one for each class.
        `metrics.SpanF1` counts spans above the same threshold.

    Args:
        axis: -1, or a tuple of the last axes if the classes have several.
            Defaults to -1.
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Raises:
        ValueError: `axis` is something else, or the ranks do not fit.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SparseMultiLabelCrossentropy
    >>> logits = np.full((1, 2, 5, 5), -9.0)  # two heads, five tokens
    >>> logits[0, 1, 2, 3] = 9.0
    >>> spans = np.array([[[[-1, -1]], [[2, 3]]]])  # head 1: tokens 2 to 3
    >>> loss = SparseMultiLabelCrossentropy(axis=(-2, -1))
    >>> print(f"{float(loss(spans, logits)):.4f}")
    0.0031

    Reference:
        https://kexue.fm/archives/7359
    """

    def call(self, y_true, y_pred):
        return sparse_multi_label_crossentropy(y_true, y_pred, self.axis)
