"""Supervised contrastive loss over class labels."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_rows
from keras_addons.losses.arguments import check_temperature
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.groups import flatten_labels
from keras_addons.losses.groups import number_groups
from keras_addons.losses.groups import same_group
from keras_addons.losses.groups import same_row
from keras_addons.losses.masked_crossentropy import masked_logsumexp
from keras_addons.ops.cosines import cosines


def supervised_contrastive_loss(y_true, y_pred, temperature=0.1):
    """Supervised contrastive loss: InfoNCE with classes as positives.

    See `SupervisedContrastive` for the formula.

    Args:
        y_true: integers (batch,), the classes.
        y_pred: float tensor (batch, dim), the embeddings.
        temperature: positive float, or None for dot products. Defaults to
            0.1.

    Returns:
        float32 tensor (batch,).

    Example:

    >>> embeddings = ops.array([[1.0, 0], [0, 1], [1, 0], [0, 1]])
    >>> classes = ops.array([7, 8, 7, 8])
    >>> # Each row: cosine 1 with the other of its class, 0 with two rows.
    >>> losses = supervised_contrastive_loss(classes, embeddings, 1.0)
    >>> ops.convert_to_numpy(losses).round(3)  # log(e + 2) - 1
    array([0.551, 0.551, 0.551, 0.551], dtype=float32)

    Reference:
        [Khosla et al., 2020](https://arxiv.org/abs/2004.11362)
    """
    check_rows(y_pred)
    scores = cosines(y_pred, y_pred, temperature)  # (batch, batch)
    is_other = ~same_row(ops.shape(y_pred)[0])
    is_positive = same_group(flatten_labels(y_true)) & is_other
    num_positives = ops.sum(ops.cast(is_positive, "float32"), axis=-1)
    attraction = ops.sum(ops.where(is_positive, scores, 0.0), axis=-1)
    attraction = attraction / ops.maximum(num_positives, 1.0)
    losses = masked_logsumexp(scores, is_other) - attraction
    return ops.where(num_positives > 0, losses, 0.0)


@keras.saving.register_keras_serializable(package="keras_addons")
class SupervisedContrastive(BatchLoss):
    """Supervised contrastive loss: InfoNCE with classes as positives.

    `-1/|P(i)| sum_p log(exp(s_ip) / sum_a exp(s_ia))` for each row `i`, with
    `p` over `P(i)`, the other rows of its class, `a` over all other rows, and
    `s_ij = cos(h_i, h_j) / temperature`. The loss of a row that is alone in
    its class is 0.

    The loss compares all rows of the batch, over all replicas: see
    `BatchLoss`. Memory: a few matrices (batch, batch).

    Inputs:
        y_true: integers (batch,), the classes.
        y_pred: float tensor (batch, dim), the embeddings.
        sample_weight: None or (batch,), the weights of rows.

    When to use:
        Single texts with class labels, where embeddings of one class should
        be close and all pairs of a class should count. A batch should hold
        several rows of each class.

    Related:
        `BatchHardTriplet` and `SemiHardTriplet` use the hardest pairs only.
        `InBatchContrastive` takes pairs of texts without classes.

    Args:
        temperature: positive float. None takes dot products of the
            embeddings as they are, for instance those of
            `layers.LearnedScale`. Defaults to 0.1.
        **kwargs: `reduction` and `name`, as for every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `temperature` is not positive, `y_true` is missing or
            `y_pred` is not (batch, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SupervisedContrastive
    >>> axes = np.eye(2, dtype="float32")
    >>> embeddings = axes[[0, 1, 0, 1]]  # cosines 1, and 0 with two others
    >>> loss = SupervisedContrastive(temperature=1.0)
    >>> value = loss(np.array([7, 8, 7, 8]), embeddings)
    >>> np.isclose(float(value), np.log(np.e + 2) - 1)
    np.True_

    Reference:
        [Khosla et al., 2020](https://arxiv.org/abs/2004.11362)
    """

    def __init__(self, temperature=0.1, **kwargs):
        super().__init__(**kwargs)
        check_temperature(temperature)
        self.temperature = temperature

    def targets(self, y_true, num_rows):
        return number_groups(super().targets(y_true, num_rows), num_rows)

    def call(self, y_true, y_pred):
        return supervised_contrastive_loss(y_true, y_pred, self.temperature)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}
