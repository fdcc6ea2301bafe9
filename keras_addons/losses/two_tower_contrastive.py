"""Contrastive loss of queries with their positives and hard negatives."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_margin
from keras_addons.losses.arguments import check_temperature
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.false_negatives import decisive
from keras_addons.losses.false_negatives import numbered_again
from keras_addons.losses.false_negatives import without_false_negatives
from keras_addons.losses.rows import contrast
from keras_addons.losses.rows import group_ids
from keras_addons.losses.rows import same_group
from keras_addons.losses.rows import same_row
from keras_addons.ops.cosines import cosines


def two_tower_contrastive(
    y_true, y_pred, temperature=0.05, symmetric=False, margin=None, guide=None
):
    """Crossentropy of each query's positive among all other candidates.

    See `TwoTowerContrastive`.

    Args:
        y_true: tensor (batch,), the group of each row.
        y_pred: float tensor (batch, 2 + hard_negatives, dim).
        temperature: positive float, or None for dot products.
        symmetric: bool; whether to average with the other direction.
        margin: None or float.
        guide: None, or float tensor (batch, 2 + hard_negatives, guide_dim).

    Returns:
        float32 tensor (batch,).
    """
    num_rows = ops.shape(y_pred)[0]
    scores = candidate_scores(y_pred, temperature)
    guided = None if guide is None else candidate_scores(guide)
    similar, margin = decisive(scores, temperature, margin, guided)
    is_own = same_row(num_rows)
    own, own_similar = (
        ops.sum(ops.where(is_own, each[:, :, 0], 0.0), axis=-1)
        for each in (scores, similar)
    )
    is_other = ~(same_group(y_true) | is_own)
    is_hard = ops.arange(scores.shape[2]) > 0
    is_negative = without_false_negatives(
        is_other[:, :, None] | is_hard[None, None, :],
        similar,
        own_similar,
        margin,
    )
    flat = (-1, num_rows * scores.shape[2])
    losses = contrast(
        own, ops.reshape(scores, flat), ops.reshape(is_negative, flat)
    )
    if symmetric:
        matches, similar = (
            ops.transpose(each[:, :, 0]) for each in (scores, similar)
        )
        is_negative = without_false_negatives(
            is_other, similar, own_similar, margin
        )
        losses = (losses + contrast(own, matches, is_negative)) / 2
    return losses


def candidate_scores(towers, temperature=1.0):
    """The cosines / temperature of every query with every candidate.

    Args:
        towers: tensor (batch, 1 + candidates, dim), the queries first.
        temperature: positive float, or None for dot products.

    Returns:
        float32 tensor (batch, batch, candidates).
    """
    queries, candidates = towers[:, 0], towers[:, 1:]
    flat = ops.reshape(candidates, (-1, candidates.shape[-1]))
    shape = (-1, ops.shape(towers)[0], candidates.shape[1])
    return ops.reshape(cosines(queries, flat, temperature), shape)


@keras.saving.register_keras_serializable(package="keras_addons")
class TwoTowerContrastive(BatchLoss):
    """InfoNCE of queries `q` with positives `p` and hard negatives `n`.

    `-log(exp(s(q_i, p_i)) / sum_c exp(s(q_i, c)))`, `s = cos / temperature`,
    over the candidates `c` that are the positives and hard negatives of all
    rows of the batch; the positive of another row of the same group is none.
    Symmetric: the mean of it and of the crossentropy of `q_i` among all
    queries, given `p_i` (CLIP).

    Couples the rows of a batch, of all replicas: see `BatchLoss`. Rows may be
    shuffled. Holds a few tensors (batch, batch, 1 + hard_negatives).

    A candidate that answers the query although nobody knows it is a false
    negative. With `margin` a candidate `c`, also a hard negative, is left out
    where `cos(q_i, c) > cos(q_i, p_i) + margin`; with `guide` the cosines are
    those of another model's vectors, computed before the training.
    Backwards it is a query `q_j` with `cos(q_j, p_i)` above the same limit.

    `y_pred`: (batch, 2 + hard_negatives, dim): query, positive, hard
    negatives, for instance `ops.stack([encoder(q), encoder(p)], axis=1)`.
    `y_true`: integers (batch,), the group of each row: rows with the same
    query or the same positive should share one. Without labels (`fit(x)`)
    all other rows are negatives. With `guide`: what `losses.guided_targets`
    makes of groups and of vectors (batch, 2 + hard_negatives, guide_dim).
    `sample_weight`: of rows.

    Args:
        temperature: positive float. None takes dot products of the
            embeddings as they are, for instance those of
            `layers.LearnedScale`.
        symmetric: bool; whether positives look for their query, too. Hard
            negatives look for nothing.
        margin: None to leave out no candidate, or a float: 0.1 is Qwen3's.
            Below 0 candidates are left out that are less similar than the
            positive. With `temperature=None` it is one of dot products.
        guide: bool; whether the guide's vectors decide, by the cosines. Then
            a `margin` of None counts as 0, as in GISTEmbed.
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `temperature` is not positive, `margin` is no number,
            `y_pred` is not (batch, 2 or more, dim), or `y_true` lacks the
            vectors of the guide.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import TwoTowerContrastive
    >>> axes = np.eye(3, dtype="float32")
    >>> towers = axes[[[0, 0, 2], [1, 1, 2]]]  # the third is the negative
    >>> loss = TwoTowerContrastive(temperature=1.0)
    >>> value = loss(None, towers)  # cosines 1, and 0 with three others
    >>> np.isclose(float(value), np.log(1 + 3 * np.exp(-1)))
    np.True_

    Reference:
        [Karpukhin et al., 2020](https://arxiv.org/abs/2004.04906),
        [Radford et al., 2021](https://arxiv.org/abs/2103.00020);
        `margin`: [Zhang et al., 2025](https://arxiv.org/abs/2506.05176);
        `guide`: [Solatorio, 2024](https://arxiv.org/abs/2402.16829)
    """

    def __init__(
        self,
        temperature=0.05,
        symmetric=False,
        margin=None,
        guide=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_temperature(temperature)
        check_margin(margin)
        self.temperature = temperature
        self.symmetric = symmetric
        self.margin = margin
        self.guide = bool(guide)

    def targets(self, y_true, num_rows):
        if self.guide:
            return numbered_again(y_true, num_rows)
        return group_ids(y_true, num_rows)

    def call(self, y_true, y_pred):
        if len(y_pred.shape) != 3 or y_pred.shape[1] < 2:
            raise ValueError(
                "`y_pred` must hold query, positive and hard negatives, of "
                "shape (batch, 2 + hard_negatives, dim). "
                f"Received shape: {tuple(y_pred.shape)}"
            )
        guide = None
        if self.guide:
            y_true, guide = y_true[:, 0], vectors_of(y_true, y_pred.shape[1])
        return two_tower_contrastive(
            y_true,
            y_pred,
            self.temperature,
            self.symmetric,
            self.margin,
            guide,
        )

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "symmetric": self.symmetric,
            "margin": self.margin,
            "guide": self.guide,
        }


def vectors_of(y_true, num_texts):
    """The guide's vectors (batch, num_texts, guide_dim) in the targets."""
    if (y_true.shape[1] - 1) % num_texts:
        raise ValueError(
            f"`y_true` must hold a vector of the guide for each of {num_texts} "
            "texts of a row, after the number of its group: see "
            f"`losses.guided_targets`. Received shape: {tuple(y_true.shape)}"
        )
    guide_dim = (y_true.shape[1] - 1) // num_texts
    return ops.reshape(y_true[:, 1:], (-1, num_texts, guide_dim))
