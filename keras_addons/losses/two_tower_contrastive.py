"""Contrastive loss of queries with their positives and hard negatives."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_temperature
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.rows import contrast
from keras_addons.losses.rows import group_ids
from keras_addons.losses.rows import same_group
from keras_addons.losses.rows import same_row
from keras_addons.ops.cosines import cosines


def two_tower_contrastive(y_true, y_pred, temperature=0.05, symmetric=False):
    """Crossentropy of each query's positive among all other candidates.

    See `TwoTowerContrastive`.

    Args:
        y_true: tensor (batch,), the group of each row.
        y_pred: float tensor (batch, 2 + hard_negatives, dim).
        temperature: positive float, or None for dot products.
        symmetric: bool; whether to average with the other direction.

    Returns:
        float32 tensor (batch,).
    """
    queries, candidates = y_pred[:, 0], y_pred[:, 1:]
    num_rows, per_row = ops.shape(y_pred)[0], candidates.shape[1]
    scores = cosines(
        queries,
        ops.reshape(candidates, (-1, candidates.shape[-1])),
        temperature,
    )
    scores = ops.reshape(scores, (-1, num_rows, per_row))
    matches = scores[:, :, 0]  # (batch, batch), queries with positives
    is_own = same_row(num_rows)
    own = ops.sum(ops.where(is_own, matches, 0.0), axis=-1)
    is_other = ~(same_group(y_true) | is_own)
    is_hard = ops.arange(per_row) > 0
    is_negative = is_other[:, :, None] | is_hard[None, None, :]
    flat = (-1, num_rows * per_row)
    losses = contrast(
        own, ops.reshape(scores, flat), ops.reshape(is_negative, flat)
    )
    if symmetric:
        backwards = contrast(own, ops.transpose(matches), is_other)
        losses = (losses + backwards) / 2
    return losses


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

    `y_pred`: (batch, 2 + hard_negatives, dim): query, positive, hard
    negatives, for instance `ops.stack([encoder(q), encoder(p)], axis=1)`.
    `y_true`: integers (batch,), the group of each row: rows with the same
    query or the same positive should share one. Without labels (`fit(x)`)
    all other rows are negatives.
    `sample_weight`: of rows.

    Args:
        temperature: positive float. None takes dot products of the
            embeddings as they are, for instance those of
            `layers.LearnedScale`.
        symmetric: bool; whether positives look for their query, too. Hard
            negatives look for nothing.
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `temperature` is not positive, or `y_pred` is not (batch,
            2 or more, dim).

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
        [Radford et al., 2021](https://arxiv.org/abs/2103.00020)
    """

    def __init__(self, temperature=0.05, symmetric=False, **kwargs):
        super().__init__(**kwargs)
        check_temperature(temperature)
        self.temperature = temperature
        self.symmetric = symmetric

    def targets(self, y_true, num_rows):
        return group_ids(y_true, num_rows)

    def call(self, y_true, y_pred):
        if len(y_pred.shape) != 3 or y_pred.shape[1] < 2:
            raise ValueError(
                "`y_pred` must hold query, positive and hard negatives, of "
                "shape (batch, 2 + hard_negatives, dim). "
                f"Received shape: {tuple(y_pred.shape)}"
            )
        return two_tower_contrastive(
            y_true, y_pred, self.temperature, self.symmetric
        )

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "symmetric": self.symmetric,
        }
