"""Contrastive loss over queries, positives and hard negatives."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_margin
from keras_addons.losses.arguments import check_temperature
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.false_negatives import drop_false_negatives
from keras_addons.losses.false_negatives import renumber_groups
from keras_addons.losses.false_negatives import select_similarities
from keras_addons.losses.groups import flatten_labels
from keras_addons.losses.groups import number_groups
from keras_addons.losses.groups import same_group
from keras_addons.losses.groups import same_row
from keras_addons.losses.masked_crossentropy import crossentropy_with_negatives
from keras_addons.ops.cosines import cosines


def two_tower_contrastive_loss(
    y_true, y_pred, temperature=0.05, symmetric=False, margin=None, guide=None
):
    """InfoNCE over queries, positives, hard and in-batch negatives.

    See `TwoTowerContrastive` for the formula.

    Args:
        y_true: None, or integers (batch,), the group of each row. Positives
            of the same group are not negatives of each other's query.
        y_pred: float tensor (batch, 2 + hard_negatives, dim), the embeddings
            of query, positive and hard negatives.
        temperature: positive float, or None for dot products. Defaults to
            0.05.
        symmetric: bool, whether to average with the loss from positive to
            query. Defaults to False.
        margin: None or float. Defaults to None.
        guide: None, or float tensor (batch, 2 + hard_negatives, guide_dim),
            the embeddings of another model. Defaults to None.

    Returns:
        float32 tensor (batch,).

    Example:

    >>> # Query and positive: cosine 1, and 0 with the other row's positive.
    >>> towers = ops.array([[[1.0, 0], [1, 0]], [[0, 1], [0, 1]]])
    >>> losses = two_tower_contrastive_loss(None, towers, temperature=1.0)
    >>> ops.convert_to_numpy(losses).round(3)  # log(1 + 1 / e)
    array([0.313, 0.313], dtype=float32)

    Reference:
        [Karpukhin et al., 2020](https://arxiv.org/abs/2004.04906)
    """
    check_towers(y_pred)
    num_rows = ops.shape(y_pred)[0]
    scores = candidate_scores(y_pred, temperature)
    guided = None if guide is None else candidate_scores(guide)
    similar, margin = select_similarities(scores, temperature, margin, guided)
    is_own = same_row(num_rows)
    own, own_similar = (
        ops.sum(ops.where(is_own, each[:, :, 0], 0.0), axis=-1)
        for each in (scores, similar)
    )
    is_same = is_own if y_true is None else same_group(flatten_labels(y_true))
    is_other = ~(is_same | is_own)
    is_hard = ops.arange(scores.shape[2]) > 0
    is_negative = drop_false_negatives(
        is_other[:, :, None] | is_hard[None, None, :],
        similar,
        own_similar,
        margin,
    )
    flat = (-1, num_rows * scores.shape[2])
    losses = crossentropy_with_negatives(
        own, ops.reshape(scores, flat), ops.reshape(is_negative, flat)
    )
    if symmetric:
        matches, similar = (
            ops.transpose(each[:, :, 0]) for each in (scores, similar)
        )
        is_negative = drop_false_negatives(
            is_other, similar, own_similar, margin
        )
        backwards = crossentropy_with_negatives(own, matches, is_negative)
        losses = (losses + backwards) / 2
    return losses


def check_towers(y_pred):
    """Raises ValueError unless `y_pred` is (batch, 2 or more, dim)."""
    if len(y_pred.shape) != 3 or y_pred.shape[1] < 2:
        raise ValueError(
            "`y_pred` must hold query, positive and hard negatives, of "
            "shape (batch, 2 + hard_negatives, dim). "
            f"Received shape: {tuple(y_pred.shape)}"
        )


def candidate_scores(towers, temperature=1.0):
    """Computes cosine / temperature of every query with every candidate.

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
    """InfoNCE over queries, positives, hard and in-batch negatives.

    `-log(exp(s(q_i, p_i)) / sum_c exp(s(q_i, c)))` with `s = cos /
    temperature`. The candidates `c` are the positives and hard negatives of
    all rows of the batch, without the positives of other rows of the same
    group. With `symmetric`, the mean of this and of the crossentropy of `q_i`
    among all queries, given `p_i` (CLIP).

    With `margin`, likely false negatives are left out: candidates `c`, hard
    negatives too, with `cos(q_i, c) > cos(q_i, p_i) + margin`; from positive
    to query, queries `q_j` with `cos(q_j, p_i)` above the same limit. With
    `guide`, these cosines are those of another model's embeddings, computed
    before training.

    The loss compares all rows of the batch, over all replicas: see
    `BatchLoss`. Memory: a few tensors (batch, batch, 1 + hard_negatives).

    Inputs:
        y_true: integers (batch,), the group of each row: rows with the same
            query or the same positive should share one. Without labels
            (`fit(x)`) the positives of all other rows are negatives. With
            `guide=True`: the result of `losses.guided_targets(groups,
            vectors)` with vectors (batch, 2 + hard_negatives, guide_dim).
        y_pred: float tensor (batch, 2 + hard_negatives, dim), the embeddings
            of query, positive and hard negatives, for instance
            `ops.stack([query_tower(q), passage_tower(p)], axis=1)`.
        sample_weight: None or (batch,), the weights of rows.

    When to use:
        Retrieval: (query, positive) or (query, positive, hard negatives...),
        with one encoder or with two, also of images and texts. All rows have
        the same number of hard negatives. Examples may be shuffled.

    Related:
        `InBatchContrastive` also uses queries as negatives and takes pairs in
        neighbouring rows. `retrieval.mine_hard_negatives` finds hard negatives.
        `GradientCache` trains with a larger batch than memory holds.
        `RetrievalEvaluator` measures recall and MRR.

    Args:
        temperature: positive float. None takes dot products of the
            embeddings as they are, for instance those of
            `layers.LearnedScale`. Defaults to 0.05.
        symmetric: bool, whether to average with the loss from positive to
            query, in which hard negatives take no part. Defaults to False.
        margin: None to keep all candidates, or a float in units of the cosine
            (of the dot product with `temperature=None`). Negative values
            leave out candidates that are less similar than the positive.
            Defaults to None.
        guide: bool, whether the guide's embeddings decide what is left out; a
            `margin` of None then counts as 0. Defaults to False.
        **kwargs: `reduction` and `name`, as for every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `temperature` is not positive, `margin` is not a number,
            `y_pred` is not (batch, 2 or more, dim), or `y_true` lacks the
            guide's vectors.

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
            return renumber_groups(y_true, num_rows)
        return number_groups(y_true, num_rows)

    def call(self, y_true, y_pred):
        check_towers(y_pred)
        guide = None
        if self.guide:
            guide = guide_vectors(y_true, y_pred.shape[1])
            y_true = y_true[:, 0]
        return two_tower_contrastive_loss(
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


def guide_vectors(y_true, num_texts):
    """Takes the guide's vectors out of the targets.

    Returns:
        float32 tensor (batch, num_texts, guide_dim).
    """
    if (y_true.shape[1] - 1) % num_texts:
        raise ValueError(
            "`y_true` must hold the number of the group and one vector of the "
            f"guide for each of {num_texts} texts of a row, as made by "
            f"`losses.guided_targets`. Received shape: {tuple(y_true.shape)}"
        )
    guide_dim = (y_true.shape[1] - 1) // num_texts
    return ops.reshape(y_true[:, 1:], (-1, num_texts, guide_dim))
