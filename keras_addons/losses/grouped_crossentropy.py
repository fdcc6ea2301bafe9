"""Crossentropy for training data with several label sets."""

import keras
import numpy as np
from keras import ops

from keras_addons.losses.masked_crossentropy import masked_logsumexp


def grouped_crossentropy(y_true, y_pred, groups):
    """Crossentropy with a softmax over the label set of each example.

    Args:
        y_true: integers (...,), classes numbered through all label sets.
        y_pred: float tensor (..., sum(groups)), the logits.
        groups: tuple of positive ints, the number of classes in each label
            set.

    Returns:
        float32 tensor (...,), NaN where the label is not a class.

    Example:

    >>> logits = ops.array([[0.0, 0.0, 5.0, 5.0, 5.0]] * 2)
    >>> losses = grouped_crossentropy(ops.array([1, 4]), logits, (2, 3))
    >>> ops.convert_to_numpy(losses).round(3)  # log(2) and log(3)
    array([0.693, 1.099], dtype=float32)

    Reference:
        https://kexue.fm/archives/8541
    """
    if y_pred.shape[-1] != sum(groups):
        raise ValueError(
            f"The last axis of `y_pred` must be {sum(groups)}, the classes of "
            f"`groups` {groups}. Received shape: {tuple(y_pred.shape)}"
        )
    logits = ops.cast(y_pred, "float32")
    y_true = ops.reshape(ops.cast(y_true, "int32"), ops.shape(logits)[:-1])
    group_of_class = np.repeat(np.arange(len(groups), dtype="int32"), groups)
    group_of_class = ops.convert_to_tensor(group_of_class)
    is_true = ops.arange(sum(groups), dtype="int32") == y_true[..., None]
    # Not `ops.take`: backends differ for labels that are not classes.
    group = ops.sum(ops.where(is_true, group_of_class, 0), axis=-1)
    is_in_group = group_of_class == group[..., None]
    true_logits = ops.sum(ops.where(is_true, logits, 0.0), axis=-1)
    losses = masked_logsumexp(logits, is_in_group) - true_logits
    return ops.where(ops.any(is_true, axis=-1), losses, float("nan"))


@keras.saving.register_keras_serializable(package="keras_addons")
class GroupedCrossentropy(keras.losses.Loss):
    """Crossentropy with a softmax over the label set of each example.

    `log(sum_c exp(z_c)) - z_y` over the classes `c` in the label set of `y`;
    the logits of other label sets get no gradient. One model so learns from
    several data sets: with `groups=(2, 3)` the classes 0 and 1 are no and yes
    in one data set, and 2, 3 and 4 are the labels of another.

    Inputs:
        y_true: integers (batch, ...), classes numbered through all label
            sets; the class tells the label set. A label that is not a class,
            such as -1 or `sum(groups)`, makes the loss NaN, even with a
            weight of 0: to ignore an example, give it any class and the
            weight 0.
        y_pred: float tensor (batch, ..., sum(groups)), the logits.
        sample_weight: None or (batch, ...), as for every crossentropy.

    When to use:
        Classification with data sets that have different labels: NLI with
        three labels beside paraphrases with two, or several tagging schemes.

    Related:
        `layers.PairFeatures` makes the features of a sentence-pair classifier
        (Sentence-BERT). `keras.losses.SparseCategoricalCrossentropy` for a
        single label set. `CoSENT` for labels with an order.

    Args:
        groups: list or tuple of positive ints, the number of classes in each
            label set.
        reduction: as for every Keras loss. Defaults to
            "sum_over_batch_size".
        name: string.

    Returns:
        One value an example, then reduced.

    Raises:
        ValueError: `groups` is empty or holds a number below 1, or the last
            axis of `y_pred` is not `sum(groups)`.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import GroupedCrossentropy
    >>> logits = np.array([[0.0, 0.0, 5.0, 5.0, 5.0]], "float32")
    >>> loss = GroupedCrossentropy(groups=(2, 3))
    >>> values = [float(loss(np.array([y]), logits)) for y in (1, 4)]
    >>> np.allclose(values, [np.log(2), np.log(3)])
    True

    Reference:
        https://kexue.fm/archives/8541
    """

    def __init__(self, groups, reduction="sum_over_batch_size", name=None):
        super().__init__(name=name, reduction=reduction, dtype="float32")
        if not groups or any(size < 1 for size in groups):
            raise ValueError(
                "`groups` must be positive numbers of classes. "
                f"Received: {groups}"
            )
        self.groups = tuple(groups)

    def call(self, y_true, y_pred):
        return grouped_crossentropy(y_true, y_pred, self.groups)

    def get_config(self):
        return {**super().get_config(), "groups": list(self.groups)}
