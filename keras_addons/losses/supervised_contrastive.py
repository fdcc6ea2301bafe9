"""Contrastive loss of classes: rows of one class attract each other."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_rows
from keras_addons.losses.arguments import check_temperature
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.rows import group_ids
from keras_addons.losses.rows import masked_logsumexp
from keras_addons.losses.rows import same_group
from keras_addons.losses.rows import same_row
from keras_addons.ops.cosines import cosines


def supervised_contrastive(y_true, y_pred, temperature=0.1):
    """Mean crossentropy of the rows of one's class among all other rows.

    See `SupervisedContrastive`.

    Args:
        y_true: tensor (batch,), the class of each row.
        y_pred: float tensor (batch, dim).
        temperature: positive float, or None for dot products.

    Returns:
        float32 tensor (batch,).
    """
    scores = cosines(y_pred, y_pred, temperature)  # (batch, batch)
    is_other = ~same_row(ops.shape(y_pred)[0])
    is_positive = same_group(y_true) & is_other
    num_positives = ops.sum(ops.cast(is_positive, "float32"), axis=-1)
    attraction = ops.sum(ops.where(is_positive, scores, 0.0), axis=-1)
    attraction = attraction / ops.maximum(num_positives, 1.0)
    losses = masked_logsumexp(scores, is_other) - attraction
    return ops.where(num_positives > 0, losses, 0.0)


@keras.saving.register_keras_serializable(package="keras_addons")
class SupervisedContrastive(BatchLoss):
    """InfoNCE with all rows of the same class as positives.

    `-1/|P(i)| sum_p log(exp(s_ip) / sum_a exp(s_ia))` of row `i`, with `p` in
    the other rows of its class `P(i)`, `a` in all other rows and
    `s_ij = cos(h_i, h_j) / temperature`. A row alone in its class counts 0.

    Couples the rows of a batch, of all replicas: see `BatchLoss`. Batches
    should hold several rows of each class. Holds a few matrices (batch,
    batch).

    `y_pred`: (batch, dim), the embeddings.
    `y_true`: integers (batch,), the classes.
    `sample_weight`: of rows.

    Args:
        temperature: positive float. None takes dot products of the
            embeddings as they are, for instance those of
            `layers.LearnedScale`.
        **kwargs: `reduction` and `name`, as of every Keras loss.

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
        return group_ids(super().targets(y_true, num_rows), num_rows)

    def call(self, y_true, y_pred):
        check_rows(y_pred)
        return supervised_contrastive(y_true, y_pred, self.temperature)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}
