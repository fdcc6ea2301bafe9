"""Contrastive loss over pairs in neighbouring rows: SimBERT, SimCSE."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_margin
from keras_addons.losses.arguments import check_rows
from keras_addons.losses.arguments import check_temperature
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.false_negatives import drop_false_negatives
from keras_addons.losses.false_negatives import renumber_groups
from keras_addons.losses.false_negatives import select_similarities
from keras_addons.losses.groups import flatten_labels
from keras_addons.losses.groups import number_groups
from keras_addons.losses.groups import same_group
from keras_addons.losses.masked_crossentropy import crossentropy_with_negatives
from keras_addons.ops.cosines import cosines


def in_batch_contrastive_loss(
    y_true, y_pred, temperature=0.05, margin=None, guide=None
):
    """InfoNCE over pairs in neighbouring rows, with in-batch negatives.

    Rows `2 i` and `2 i + 1` are a pair. See `InBatchContrastive` for the
    formula.

    Args:
        y_true: None, or integers (batch,), the group of each row. Rows of the
            same group are not negatives of each other.
        y_pred: float tensor (batch, dim), the embeddings; batch even.
        temperature: positive float, or None for dot products. Defaults to
            0.05.
        margin: None or float. Defaults to None.
        guide: None, or float tensor (batch, guide_dim), the embeddings of
            another model. Defaults to None.

    Returns:
        float32 tensor (batch,).

    Example:

    >>> pairs = ops.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    >>> # Each row: cosine 1 with its partner, 0 with two negatives.
    >>> losses = in_batch_contrastive_loss(None, pairs, temperature=1.0)
    >>> ops.convert_to_numpy(losses).round(3)  # log(1 + 2 / e)
    array([0.551, 0.551, 0.551, 0.551], dtype=float32)

    Reference:
        [Gao et al., 2021](https://arxiv.org/abs/2104.08821)
    """
    check_rows(y_pred)
    if (y_pred.shape[0] or 0) % 2:
        raise ValueError(
            "`y_pred` must hold an even number of rows, each with its "
            f"partner beside it. Received shape: {tuple(y_pred.shape)}"
        )
    scores = cosines(y_pred, y_pred, temperature)  # (batch, batch)
    # Fails for an odd batch, also where its size is not known beforehand.
    blocks = ops.reshape(y_pred, (-1, 2, y_pred.shape[-1]))
    num_rows = 2 * ops.shape(blocks)[0]
    rows = ops.arange(num_rows, dtype="int32")
    partners = rows + 1 - 2 * (rows % 2)
    is_partner = partners[:, None] == rows[None, :]

    def of_partners(matrix):
        return ops.sum(ops.where(is_partner, matrix, 0.0), axis=-1)

    groups = rows if y_true is None else flatten_labels(y_true)
    guided = None if guide is None else cosines(guide, guide)
    similar, margin = select_similarities(scores, temperature, margin, guided)
    is_negative = drop_false_negatives(
        ~(same_group(groups) | same_group(rows // 2)),
        similar,
        of_partners(similar),
        margin,
    )
    return crossentropy_with_negatives(of_partners(scores), scores, is_negative)


@keras.saving.register_keras_serializable(package="keras_addons")
class InBatchContrastive(BatchLoss):
    """InfoNCE over pairs in neighbouring rows, with in-batch negatives.

    `-log(exp(s_ip) / (exp(s_ip) + sum_j exp(s_ij)))` for each row `i` and its
    partner `p = i + 1 - 2 (i % 2)`, with `s_ij = cos(h_i, h_j) /
    temperature`. The negatives `j` are all rows but `i`, `p` and the rows of
    the group of `i`.

    With `margin`, likely false negatives are left out: rows `j` with
    `cos(h_i, h_j) > cos(h_i, h_p) + margin`. With `guide`, these cosines are
    those of another model's embeddings, computed before training.

    The loss compares all rows of the batch, over all replicas: see
    `BatchLoss`. Memory: a few matrices (batch, batch); `GradientCache` keeps
    the memory of the encoder small.

    Inputs:
        y_true: integers (batch,), the group of each row, for instance the
            number of its pair; a text that occurs twice in a batch should
            have the same group both times. Without labels (`fit(x)`) all
            other pairs are negatives. With `guide=True`: the result of
            `losses.guided_targets(groups, vectors)`.
        y_pred: float tensor (batch, dim), the embeddings, in the order
            `a_1, b_1, a_2, b_2, ...`; batch even.
        sample_weight: None or (batch,), the weights of rows.

    When to use:
        Pairs of similar texts without negatives, in one encoder: paraphrases,
        question and answer, or a sentence twice with different dropout
        (SimCSE). Larger batches have more negatives. The two rows of a pair
        must stay together: `text.LengthBatches(..., rows_per_example=2)`, or
        `shuffle=False` in `fit`.

    Related:
        `TwoTowerContrastive` takes hard negatives. `SupervisedContrastive`
        takes class labels. `GradientCache` trains with a larger batch than
        memory holds. `Matryoshka` trains shorter embeddings at the same time.

    Args:
        temperature: positive float; SimCSE has 0.05, SimBERT 1 / 30. None
            takes dot products of the embeddings as they are, for instance
            those of `layers.LearnedScale`. Defaults to 0.05.
        margin: None to keep all negatives, or a float in units of the cosine
            (of the dot product with `temperature=None`). Negative values
            leave out rows that are less similar than the partner. Defaults
            to None.
        guide: bool, whether the guide's embeddings decide what is left out; a
            `margin` of None then counts as 0. Defaults to False.
        **kwargs: `reduction` and `name`, as for every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `temperature` is not positive, `margin` is not a number,
            `y_pred` is not (batch, dim), its batch is odd, or `y_true` lacks
            the guide's vectors.

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
            return renumber_groups(y_true, num_rows)
        return number_groups(y_true, num_rows)

    def call(self, y_true, y_pred):
        guide = None
        if self.guide:
            y_true, guide = y_true[:, 0], y_true[:, 1:]
        return in_batch_contrastive_loss(
            y_true, y_pred, self.temperature, self.margin, guide
        )

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "margin": self.margin,
            "guide": self.guide,
        }
