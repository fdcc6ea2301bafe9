"""Crossentropy over data with different sets of labels."""

import keras
import numpy as np
from keras import ops

from keras_addons.losses.rows import masked_logsumexp


def grouped_crossentropy(y_true, y_pred, groups):
    """Crossentropy of each class among the classes of its group.

    Args:
        y_true: integers (...,), classes numbered through all groups.
        y_pred: float tensor (..., sum(groups)), logits.
        groups: tuple of ints, the number of classes in each group.

    Returns:
        float32 tensor (...,), NaN where the label is no class.
    """
    logits = ops.cast(y_pred, "float32")
    y_true = ops.reshape(ops.cast(y_true, "int32"), ops.shape(logits)[:-1])
    group_of_class = np.repeat(np.arange(len(groups), dtype="int32"), groups)
    group_of_class = ops.convert_to_tensor(group_of_class)
    is_true = ops.arange(sum(groups), dtype="int32") == y_true[..., None]
    # Not `ops.take`: backends differ where the label is no class.
    group = ops.sum(ops.where(is_true, group_of_class, 0), axis=-1)
    is_in_group = group_of_class == group[..., None]
    true_logits = ops.sum(ops.where(is_true, logits, 0.0), axis=-1)
    losses = masked_logsumexp(logits, is_in_group) - true_logits
    return ops.where(ops.any(is_true, axis=-1), losses, float("nan"))


@keras.saving.register_keras_serializable(package="keras_addons")
class GroupedCrossentropy(keras.losses.Loss):
    """Softmax within the group of classes that an example is labelled with.

    `log(sum_c exp(z_c)) - z_y` over the classes `c` in the group of `y`; the
    logits of other groups get no gradient. One model so learns from data with
    different sets of labels: with `groups=(2, 3)` the classes 0 and 1 are no
    and yes of one kind of data, and 2, 3 and 4 are those of another.

    `y_pred`: (batch, ..., sum(groups)), logits.
    `y_true`: integers (batch, ...), classes numbered through all groups; the
    group is found from the class. A label that is no class, such as -1 or
    `sum(groups)`, makes the loss NaN, also with a weight of 0: mark what is
    to be ignored by the weight, with any class.
    `sample_weight`: as for every crossentropy. Examples are independent.

    Args:
        groups: list or tuple of positive ints, the classes of each group.
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value an example, then reduced.

    Raises:
        ValueError: `groups` has no or empty groups, or the last axis of
            `y_pred` is not their sum.

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
        if y_pred.shape[-1] != sum(self.groups):
            raise ValueError(
                f"The last axis of `y_pred` must be {sum(self.groups)}, the "
                f"classes of `groups` {self.groups}. "
                f"Received shape: {tuple(y_pred.shape)}"
            )
        return grouped_crossentropy(y_true, y_pred, self.groups)

    def get_config(self):
        return {**super().get_config(), "groups": list(self.groups)}
