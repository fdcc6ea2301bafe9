"""Triplet loss of the furthest positive and the nearest negative."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_positive
from keras_addons.losses.arguments import check_rows
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.distances import check_metric
from keras_addons.losses.distances import distances
from keras_addons.losses.rows import group_ids
from keras_addons.losses.rows import same_group
from keras_addons.losses.rows import same_row


def batch_hard_triplet(y_true, y_pred, margin=1.0, metric="euclidean"):
    """Each row's furthest positive against its nearest negative.

    See `BatchHardTriplet`.

    Args:
        y_true: tensor (batch,), the class of each row.
        y_pred: float tensor (batch, dim).
        margin: positive float, or None for the soft margin.
        metric: see `distances`.

    Returns:
        float32 tensor (batch,).
    """
    apart = distances(y_pred, metric)  # (batch, batch)
    is_same = same_group(y_true)
    is_positive = is_same & ~same_row(ops.shape(y_pred)[0])
    furthest = ops.max(ops.where(is_positive, apart, float("-inf")), axis=-1)
    nearest = ops.min(ops.where(is_same, float("inf"), apart), axis=-1)
    has_both = ops.any(is_positive, axis=-1) & ~ops.all(is_same, axis=-1)
    gaps = ops.where(has_both, furthest, 0.0) - ops.where(
        has_both, nearest, 0.0
    )
    losses = ops.softplus(gaps) if margin is None else ops.relu(gaps + margin)
    return ops.where(has_both, losses, 0.0)


@keras.saving.register_keras_serializable(package="keras_addons")
class BatchHardTriplet(BatchLoss):
    """The hardest triplet of every row of the batch.

    `max(0, margin + max_p d(i, p) - min_n d(i, n))` over the other rows `p`
    of the class of `i` and the rows `n` of other classes, with
    `log(1 + exp(.))` in place of `max(0, margin + .)` if `margin` is None. A
    row without positive or without negative counts 0.

    Couples the rows of a batch, of all replicas: see `BatchLoss`. Batches
    should hold several rows of each class. Holds a few matrices (batch,
    batch). Embeddings are compared as they are: end the model in
    `keras.layers.UnitNormalization(axis=-1)`, or use `metric="cosine"`.

    `y_pred`: (batch, dim), the embeddings.
    `y_true`: integers (batch,), the classes.
    `sample_weight`: of rows, as anchors.

    TensorFlow-Addons' `TripletHardLoss()` is `metric="squared_euclidean"`
    (its "L2"; its "L1" is "euclidean"), its `soft=True` is `margin=None`. It
    differs where a row has no positive in the batch: there it counts the
    margin less the nearest negative.

    Args:
        margin: positive float, or None for the soft margin.
        metric: "euclidean", "squared_euclidean" or "cosine" (`1 - cos`).
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `margin` is not positive, `metric` is unknown, `y_true` is
            missing or `y_pred` is not (batch, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import BatchHardTriplet
    >>> embeddings = np.array([[0.0], [2.0], [3.0], [4.0]])
    >>> # 1 + 2 - 3, 1 + 2 - 1, 1 + 1 - 1 and 1 + 1 - 2
    >>> loss = BatchHardTriplet(margin=1.0)
    >>> float(loss(np.array([0, 0, 1, 1]), embeddings))
    0.75

    Reference:
        [Hermans et al., 2017](https://arxiv.org/abs/1703.07737)
    """

    def __init__(self, margin=1.0, metric="euclidean", **kwargs):
        super().__init__(**kwargs)
        if margin is not None:
            check_positive("margin", margin)
        check_metric(metric)
        self.margin = margin
        self.metric = metric

    def targets(self, y_true, num_rows):
        return group_ids(super().targets(y_true, num_rows), num_rows)

    def call(self, y_true, y_pred):
        check_rows(y_pred)
        return batch_hard_triplet(y_true, y_pred, self.margin, self.metric)

    def get_config(self):
        return {
            **super().get_config(),
            "margin": self.margin,
            "metric": self.metric,
        }
