"""CoSENT: ranks the cosines of a batch of pairs by their labels."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_pairs
from keras_addons.losses.arguments import check_positive
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.masked_crossentropy import masked_logsumexp
from keras_addons.ops.cosines import unit_vectors


def ranking_loss(y_true, similarities, scale):
    """`log(1 + sum exp(scale * (s_i - s_j)))` over `i, j` with `t_i < t_j`.

    Args:
        y_true: tensor (batch,), the label `t` of each pair.
        similarities: float tensor (batch,), the similarity `s` of each pair.
        scale: positive float.

    Returns:
        float32 scalar.
    """
    labels = ops.reshape(y_true, (-1,))
    similarities = scale * ops.cast(similarities, "float32")
    margins = similarities[:, None] - similarities[None, :]  # (batch, batch)
    must_rank = labels[:, None] < labels[None, :]
    # softplus(log x) = log(1 + x)
    return ops.softplus(
        masked_logsumexp(
            ops.reshape(margins, (-1,)), ops.reshape(must_rank, (-1,))
        )
    )


def pair_cosines(pairs):
    """The cosine of the two vectors of each pair.

    Args:
        pairs: float tensor (batch, 2, dim).

    Returns:
        float32 tensor (batch,).
    """
    pairs = unit_vectors(pairs)
    return ops.sum(pairs[:, 0] * pairs[:, 1], axis=-1)


def cosent_loss(y_true, y_pred, scale=20.0):
    """CoSENT ranking loss over the pairs of a batch.

    `log(1 + sum exp(scale * (cos_i - cos_j)))` over all pairs `i, j` with
    `y_i < y_j`.

    Args:
        y_true: numbers (batch,), how similar the sentences of a pair are.
        y_pred: float tensor (batch, 2, dim), the embeddings of each pair.
        scale: positive float, the inverse of a temperature. Defaults to 20.

    Returns:
        float32 scalar.

    Example:

    >>> same, different = [[1.0, 0.0], [2.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]
    >>> pairs = ops.array([same, different])  # cosines 1 and 0
    >>> loss = cosent_loss(ops.array([0, 1]), pairs, scale=1.0)
    >>> print(f"{float(loss):.3f}")  # log(1 + e^(1 - 0))
    1.313

    Reference:
        https://kexue.fm/archives/8847
    """
    check_pairs(y_pred)
    return ranking_loss(y_true, pair_cosines(y_pred), scale)


@keras.saving.register_keras_serializable(package="keras_addons")
class CoSENT(BatchLoss):
    """CoSENT ranking loss over the pairs of a batch.

    `log(1 + sum exp(scale * (cos_i - cos_j)))` over all pairs `i, j` of the
    batch with `y_i < y_j`: the pair with the smaller label should have the
    smaller cosine. Only the order of the labels counts. The loss is 0 if all
    labels are equal; it approaches 0 when the cosines are ordered like the
    labels, with gaps that are large compared to `1 / scale`.

    The loss compares all pairs of the batch, over all replicas: see
    `BatchLoss`. Memory: a few matrices (batch, batch).

    Inputs:
        y_true: numbers (batch,), how similar the two sentences of each pair
            are.
        y_pred: float tensor (batch, 2, dim), the embeddings of each pair, for
            instance `ops.stack([encoder(a), encoder(b)], axis=1)`.
        sample_weight: raises ValueError, since the batch has one value.

    When to use:
        Pairs of sentences with graded similarity (STS-B), with labels 0 and 1
        (LCQMC), or with contradiction < neutral < entailment. A batch should
        hold different labels. Examples may be shuffled.

    Related:
        `AnglE` adds a term that keeps its gradient where cosines are near 1
        or -1. `InBatchContrastive` takes pairs without labels.
        `SpearmanEvaluator` measures the same ranking.

    Args:
        scale: positive float, the inverse of a temperature. Defaults to 20.
        **kwargs: `reduction` and `name`, as for every Keras loss.

    Returns:
        One value for the batch.

    Raises:
        ValueError: `scale` is not positive, `y_true` is missing or `y_pred`
            is not (batch, 2, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import CoSENT
    >>> same, different = [[1.0, 0.0], [2.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]
    >>> value = CoSENT(scale=1.0)(np.array([0, 1]), np.array([same, different]))
    >>> np.isclose(float(value), np.log(1 + np.exp(1 - 0)))
    np.True_

    Reference:
        https://kexue.fm/archives/8847
    """

    weighs_rows = False

    def __init__(self, scale=20.0, **kwargs):
        super().__init__(**kwargs)
        check_positive("scale", scale)
        self.scale = scale

    def call(self, y_true, y_pred):
        return ops.reshape(cosent_loss(y_true, y_pred, self.scale), (1,))

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}
