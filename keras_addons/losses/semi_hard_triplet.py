"""Triplet loss of every positive and the nearest negative beyond it."""

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


def semi_hard_triplet(y_true, y_pred, margin=1.0, metric="squared_euclidean"):
    """Each positive against the nearest negative that is further away.

    See `SemiHardTriplet`.

    Args:
        y_true: tensor (batch,), the class of each row.
        y_pred: float tensor (batch, dim).
        margin: positive float.
        metric: see `distances`.

    Returns:
        float32 scalar.
    """
    apart = distances(y_pred, metric)  # (batch, batch)
    is_same = same_group(y_true)
    is_positive = is_same & ~same_row(ops.shape(y_pred)[0])
    has_triplet = is_positive & ~ops.all(is_same, axis=-1, keepdims=True)
    losses = margin + apart - semi_hard_negatives(apart, ~is_same)
    losses = ops.relu(ops.where(has_triplet, losses, 0.0))
    num_triplets = ops.sum(ops.cast(has_triplet, "float32"))
    return ops.sum(losses) / ops.maximum(num_triplets, 1.0)


def semi_hard_negatives(apart, is_negative):
    """The distance of the nearest negative beyond each row, else the furthest.

    Sorted, the negatives of a row give it without a tensor of all triplets:
    what lies beyond is the one whose index is the number of those that do
    not.

    Args:
        apart: tensor (batch, batch), distances.
        is_negative: boolean tensor (batch, batch).

    Returns:
        Tensor (batch, batch); infinite or 0 where a row has no negatives.
    """
    negatives = ops.sort(ops.where(is_negative, apart, float("inf")), axis=-1)
    num_negatives = ops.sum(
        ops.cast(is_negative, "int32"), axis=-1, keepdims=True
    )
    num_nearer = count_up_to(negatives, apart)
    chosen = ops.minimum(num_nearer, ops.maximum(num_negatives - 1, 0))
    negatives = ops.where(negatives < float("inf"), negatives, 0.0)
    return ops.take_along_axis(negatives, chosen, axis=-1)


def count_up_to(values, bounds):
    """How many `values` of a row are at most each of its `bounds`.

    Args:
        values: tensor (rows, n).
        bounds: tensor (rows, m).

    Returns:
        int32 tensor (rows, m).
    """
    num_values = ops.shape(values)[-1]
    both = ops.stop_gradient(ops.concatenate([values, bounds], axis=-1))
    order = ops.argsort(both, axis=-1)  # stable: of equals, values come first
    num_passed = ops.cumsum(ops.cast(order < num_values, "int32"), axis=-1)
    places = ops.argsort(order, axis=-1)
    return ops.take_along_axis(num_passed, places, axis=-1)[:, num_values:]


@keras.saving.register_keras_serializable(package="keras_addons")
class SemiHardTriplet(BatchLoss):
    """All positive pairs, each with its semi-hard negative (FaceNet).

    The mean of `max(0, margin + d(i, p) - d(i, n))` over all pairs of a row
    `i` and another row `p` of its class, where `n` is the nearest row of
    another class with `d(i, n) > d(i, p)`, or the furthest if there is none.
    Rows without a negative in the batch are left out.

    Couples the rows of a batch, of all replicas: see `BatchLoss`. Batches
    should hold several rows of each class. Holds a few matrices (batch,
    batch), no tensor of all triplets. Embeddings are compared as they are:
    end the model in `keras.layers.UnitNormalization(axis=-1)`, or use
    `metric="cosine"`.

    `y_pred`: (batch, dim), the embeddings.
    `y_true`: integers (batch,), the classes.
    `sample_weight`: raises, since the value is one of pairs.

    TensorFlow-Addons' `TripletSemiHardLoss()` is the default here; its "L2"
    is "squared_euclidean", its "L1" "euclidean".

    Args:
        margin: positive float.
        metric: "squared_euclidean", "euclidean" or "cosine" (`1 - cos`).
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value for the batch.

    Raises:
        ValueError: `margin` is not positive, `metric` is unknown, `y_true` is
            missing or `y_pred` is not (batch, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SemiHardTriplet
    >>> embeddings = np.array([[0.0], [2.0], [3.0], [4.0]])
    >>> # 1 + 2 - 3, 1 + 2 - 2 (none is beyond), 1 + 1 - 3 and 1 + 1 - 2
    >>> loss = SemiHardTriplet(margin=1.0, metric="euclidean")
    >>> float(loss(np.array([0, 0, 1, 1]), embeddings))
    0.25

    Reference:
        [Schroff et al., 2015](https://arxiv.org/abs/1503.03832)
    """

    weighs_rows = False

    def __init__(self, margin=1.0, metric="squared_euclidean", **kwargs):
        super().__init__(**kwargs)
        check_positive("margin", margin)
        check_metric(metric)
        self.margin = margin
        self.metric = metric

    def targets(self, y_true, num_rows):
        return group_ids(super().targets(y_true, num_rows), num_rows)

    def call(self, y_true, y_pred):
        check_rows(y_pred)
        loss = semi_hard_triplet(y_true, y_pred, self.margin, self.metric)
        return ops.reshape(loss, (1,))

    def get_config(self):
        return {
            **super().get_config(),
            "margin": self.margin,
            "metric": self.metric,
        }
