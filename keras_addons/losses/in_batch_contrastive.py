"""Contrastive loss of neighbouring rows: SimBERT, SimCSE."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_margin
from keras_addons.losses.arguments import check_rows
from keras_addons.losses.arguments import check_temperature
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.false_negatives import decisive
from keras_addons.losses.false_negatives import numbered_again
from keras_addons.losses.false_negatives import without_false_negatives
from keras_addons.losses.rows import contrast
from keras_addons.losses.rows import group_ids
from keras_addons.losses.rows import same_group
from keras_addons.ops.cosines import cosines


def in_batch_contrastive(
    y_true, y_pred, temperature=0.05, margin=None, guide=None
):
    """Crossentropy of each row's partner among the rows of other groups.

    Rows `2 i` and `2 i + 1` are partners. See `InBatchContrastive`.

    Args:
        y_true: tensor (batch,), the group of each row.
        y_pred: float tensor (batch, dim), batch even.
        temperature: positive float, or None for dot products.
        margin: None or float.
        guide: None, or float tensor (batch, guide_dim).

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

    def of_partners(matrix):
        return ops.sum(ops.where(is_partner, matrix, 0.0), axis=-1)

    positives = of_partners(scores)
    guided = None if guide is None else cosines(guide, guide)
    similar, margin = decisive(scores, temperature, margin, guided)
    is_negative = without_false_negatives(
        ~(same_group(y_true) | same_group(rows // 2)),
        similar,
        of_partners(similar),
        margin,
    )
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

    A row that says the same as `i` although nobody knows it is a false
    negative. With `margin` a row `j` is left out where `cos(h_i, h_j) >
    cos(h_i, h_p) + margin`; with `guide` the cosines are those of another
    model's vectors, computed before the training.

    `y_pred`: (batch, dim), the embeddings; an even batch.
    `y_true`: integers (batch,), the group of each row, such as the number of
    its pair; rows of one group are no negatives of each other, so texts that
    occur twice in a batch should share one. Without labels (`fit(x)`) all
    other pairs are negatives. With `guide`: what `losses.guided_targets`
    makes of groups and vectors.
    `sample_weight`: of rows.

    Args:
        temperature: positive float; SimCSE's is 0.05, SimBERT's 1 / 30. None
            takes dot products of the embeddings as they are, for instance
            those of `layers.LearnedScale`.
        margin: None to leave out no row, or a float: 0.1 is Qwen3's. Below 0
            rows are left out that are less similar than the partner. With
            `temperature=None` it is one of dot products.
        guide: bool; whether the guide's vectors decide, by the cosines. Then
            a `margin` of None counts as 0, as in GISTEmbed.
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `temperature` is not positive, `margin` is no number,
            `y_pred` is not (batch, dim) or its batch is known to be odd, or
            `y_true` lacks the vectors of the guide.

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
        https://kexue.fm/archives/7427, https://kexue.fm/archives/8348;
        `margin`: [Zhang et al., 2025](https://arxiv.org/abs/2506.05176);
        `guide`: [Solatorio, 2024](https://arxiv.org/abs/2402.16829)
    """

    def __init__(self, temperature=0.05, margin=None, guide=False, **kwargs):
        super().__init__(**kwargs)
        check_temperature(temperature)
        check_margin(margin)
        self.temperature = temperature
        self.margin = margin
        self.guide = bool(guide)

    def targets(self, y_true, num_rows):
        if self.guide:
            return numbered_again(y_true, num_rows)
        return group_ids(y_true, num_rows)

    def call(self, y_true, y_pred):
        check_rows(y_pred)
        if (y_pred.shape[0] or 0) % 2:
            raise ValueError(
                "`y_pred` must hold an even number of rows, each with its "
                f"partner beside it. Received shape: {tuple(y_pred.shape)}"
            )
        guide = None
        if self.guide:
            y_true, guide = y_true[:, 0], y_true[:, 1:]
        return in_batch_contrastive(
            y_true, y_pred, self.temperature, self.margin, guide
        )

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "margin": self.margin,
            "guide": self.guide,
        }
