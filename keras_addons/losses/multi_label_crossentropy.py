"""Multi-label crossentropy, with zeros and ones as labels."""

import keras
from keras import ops

from keras_addons.losses.masked_crossentropy import masked_logsumexp
from keras_addons.losses.multi_label_loss import MultiLabelLoss
from keras_addons.losses.multi_label_loss import check_axis
from keras_addons.losses.multi_label_loss import flattened


def multi_label_crossentropy(y_true, y_pred, axis=-1):
    """`log(1 + sum_neg exp(s)) + log(1 + sum_pos exp(-s))` of logits `s`.

    Computed in float32. Holds a few float32 tensors of the size of the
    logits.

    Args:
        y_true: tensor of the shape of `y_pred`; 0 for the classes that are
            wrong, another number or True for those that are right.
        y_pred: float tensor (..., classes), the logits.
        axis: -1, or a tuple of the last axes, such as (-2, -1), if the
            classes have several. Defaults to -1.

    Returns:
        float32 tensor, without the axes of the classes.

    Raises:
        ValueError: `axis` is something else.

    Example:

    >>> y_true = ops.array([[1, 0, 0]])
    >>> losses = multi_label_crossentropy(y_true, ops.array([[2.0, 0.0, 0.0]]))
    >>> ops.convert_to_numpy(losses).round(3)  # log(1+2) + log(1+e^-2)
    array([1.226], dtype=float32)

    Reference:
        https://kexue.fm/archives/7359
    """
    num_axes = check_axis(axis)
    logits = flattened(ops.cast(y_pred, "float32"), num_axes)
    is_right = flattened(ops.cast(y_true, "bool"), num_axes)
    wrong = masked_logsumexp(logits, ops.logical_not(is_right))
    right = masked_logsumexp(-logits, is_right)
    return ops.softplus(wrong) + ops.softplus(right)  # log(1 + exp(x))


@keras.saving.register_keras_serializable(package="keras_addons")
class MultiLabelCrossentropy(MultiLabelLoss):
    """Multi-label crossentropy: right classes above 0, all others below.

    `log(1 + sum_neg exp(s)) + log(1 + sum_pos exp(-s))` for each set of
    classes: softmax cross-entropy for any number of right classes, also
    none. It is large only where a wrong logit is above 0 or above a right
    one, so a few right classes among thousands need no weights and no
    threshold other than 0. The loss is at least 0, goes to 0 once all classes
    are on their sides of 0, and so do its gradients.

    Inputs:
        y_true: (batch, ..., classes), 1 for right and 0 for wrong classes.
        y_pred: (batch, ..., classes), logits of any float dtype, without an
            activation. Those of `layers.GlobalPointer` are (batch, heads,
            length, length), with `axis=(-2, -1)`: one set of classes for each
            head.
        sample_weight: None or (batch,), or more of the axes before the
            classes.

    When to use:
        Labels that do not exclude each other, most of them absent: spans,
        tags, topics. For exactly one label a row use softmax crossentropy,
        which has no threshold to learn; for few labels that are often present
        `keras.losses.BinaryCrossentropy` gives probabilities.

    Related:
        `SparseMultiLabelCrossentropy` takes the indices of the right classes.
        `metrics.SpanF1` counts spans above the same threshold.

    Args:
        axis: -1, or a tuple of the last axes if the classes have several.
            Defaults to -1.
        **kwargs: `reduction` and `name`, as of every Keras loss; "sum" adds
            up heads and texts, the default is their mean.

    Raises:
        ValueError: `axis` is something else.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import MultiLabelCrossentropy
    >>> y_true = np.array([[1, 1, 0, 0], [0, 0, 0, 0]])
    >>> logits = np.array([[9.0, 8.0, -9.0, -7.0], [-8.0, -9.0, -9.0, -8.0]])
    >>> print(f"{float(MultiLabelCrossentropy()(y_true, logits)):.4f}")
    0.0012

    Reference:
        [Su et al., 2022](https://arxiv.org/abs/2208.02955),
        https://kexue.fm/archives/7359
    """

    def call(self, y_true, y_pred):
        return multi_label_crossentropy(y_true, y_pred, self.axis)
