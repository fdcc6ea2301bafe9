"""Contrastive loss of neighbouring rows: SimBERT, SimCSE."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_rows
from keras_addons.losses.arguments import check_temperature
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.rows import contrast
from keras_addons.losses.rows import group_ids
from keras_addons.losses.rows import same_group
from keras_addons.ops.cosines import cosines


def in_batch_contrastive(y_true, y_pred, temperature=0.05):
    """Crossentropy of each row's partner among the rows of other groups.

    Rows `2 i` and `2 i + 1` are partners. See `InBatchContrastive`.

    Args:
        y_true: tensor (batch,), the group of each row.
        y_pred: float tensor (batch, dim), batch even.
        temperature: positive float, or None for dot products.

    Returns:
        float32 tensor (batch,).
    """
    scores = cosines(y_pred, y_pred, temperature)  # (batch, batch)
    # Fails for an odd batch, also where its size is not known beforehand.
    blocks = ops.reshape(y_pred, (-1, 2, y_pred.shape[-1]))
    num_rows = 2 * ops.shape(blocks)[0]
    rows = ops.arange(num_rows, dtype="int32")
    partners = rows + 1 - 2 * (rows % 2)
    is_partner = partners[:, None] == rows[None, :]
    positives = ops.sum(ops.where(is_partner, scores, 0.0), axis=-1)
    is_negative = ~(same_group(y_true) | same_group(rows // 2))
    return contrast(positives, scores, is_negative)


@keras.saving.register_keras_serializable(package="keras_addons")
class InBatchContrastive(BatchLoss):
    """InfoNCE of a batch `a_1, b_1, a_2, b_2, ...` of partners.

    `-log(exp(s_ip) / (exp(s_ip) + sum_j exp(s_ij)))` of row `i` with its
    partner `p = i + 1 - 2 (i % 2)`, `s_ij = cos(h_i, h_j) / temperature`,
    over all rows `j` that are neither `i` nor `p` nor of the same group.

    Couples the rows of a batch, of all replicas: see `BatchLoss`. Partners
    must stay neighbours: pass `shuffle=False` to `fit`, or a dataset that
    shuffles pairs. Holds a few matrices (batch, batch).

    `y_pred`: (batch, dim), the embeddings; an even batch.
    `y_true`: integers (batch,), the group of each row, such as the number of
    its pair; rows of one group are no negatives of each other, so texts that
    occur twice in a batch should share one. Without labels (`fit(x)`) all
    other pairs are negatives.
    `sample_weight`: of rows.

    Args:
        temperature: positive float; SimCSE's is 0.05, SimBERT's 1 / 30. None
            takes dot products of the embeddings as they are, for instance
            those of `layers.LearnedScale`.
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `temperature` is not positive, `y_pred` is not (batch,
            dim) or its batch is known to be odd.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import InBatchContrastive
    >>> axes = np.eye(2, dtype="float32")
    >>> embeddings = axes[[0, 0, 1, 1]]  # cosines 1, and 0 with two negatives
    >>> loss = InBatchContrastive(temperature=1.0)
    >>> value = loss(None, embeddings)
    >>> np.isclose(float(value), np.log(1 + 2 * np.exp(-1)))
    np.True_

    Reference:
        [Gao et al., 2021](https://arxiv.org/abs/2104.08821),
        https://kexue.fm/archives/7427, https://kexue.fm/archives/8348
    """

    def __init__(self, temperature=0.05, **kwargs):
        super().__init__(**kwargs)
        check_temperature(temperature)
        self.temperature = temperature

    def targets(self, y_true, num_rows):
        return group_ids(y_true, num_rows)

    def call(self, y_true, y_pred):
        check_rows(y_pred)
        if (y_pred.shape[0] or 0) % 2:
            raise ValueError(
                "`y_pred` must hold an even number of rows, each with its "
                f"partner beside it. Received shape: {tuple(y_pred.shape)}"
            )
        return in_batch_contrastive(y_true, y_pred, self.temperature)

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}
