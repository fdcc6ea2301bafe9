"""Semi-hard triplet loss (FaceNet)."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_positive
from keras_addons.losses.arguments import check_rows
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.distances import check_metric
from keras_addons.losses.distances import distances
from keras_addons.losses.groups import flatten_labels
from keras_addons.losses.groups import number_groups
from keras_addons.losses.groups import same_group
from keras_addons.losses.groups import same_row


def semi_hard_triplet_loss(
    y_true, y_pred, margin=1.0, metric="squared_euclidean"
):
    """Triplet loss over all positive pairs, each with a semi-hard negative.

    See `SemiHardTriplet` for the formula.

    Args:
        y_true: integers (batch,), the classes.
        y_pred: float tensor (batch, dim), the embeddings.
        margin: positive float. Defaults to 1.
        metric: "squared_euclidean", "euclidean" or "cosine" (`1 - cos`).
            Defaults to "squared_euclidean".

    Returns:
        float32 scalar.

    Example:

    >>> embeddings = ops.array([[0.0], [2.0], [3.0], [4.0]])
    >>> # 1 + 2 - 3, 1 + 2 - 2 (none is further), 1 + 1 - 3 and 1 + 1 - 2
    >>> classes = ops.array([0, 0, 1, 1])
    >>> float(semi_hard_triplet_loss(classes, embeddings, 1.0, "euclidean"))
    0.25

    Reference:
        [Schroff et al., 2015](https://arxiv.org/abs/1503.03832)
    """
    check_rows(y_pred)
    apart = distances(y_pred, metric)  # (batch, batch)
    is_same = same_group(flatten_labels(y_true))
    is_positive = is_same & ~same_row(ops.shape(y_pred)[0])
    has_triplet = is_positive & ~ops.all(is_same, axis=-1, keepdims=True)
    losses = margin + apart - semi_hard_negatives(apart, ~is_same)
    losses = ops.relu(ops.where(has_triplet, losses, 0.0))
    num_triplets = ops.sum(ops.cast(has_triplet, "float32"))
    return ops.sum(losses) / ops.maximum(num_triplets, 1.0)


def semi_hard_negatives(apart, is_negative):
    """The distance of the semi-hard negative of every pair (i, p).

    That is the nearest negative with `d(i, n) > d(i, p)`, or the furthest
    negative if there is none. No (batch, batch, batch) tensor is made: the
    negatives of row `i` are sorted, and the index of the semi-hard one is the
    number of negatives with `d(i, n) <= d(i, p)`.

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
    """Counts, for each bound of a row, the values of the row up to the bound.

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
    """Triplet loss over all positive pairs, each with a semi-hard negative.

    The mean of `max(0, margin + d(i, p) - d(i, n))` over all rows `i` and all
    other rows `p` of the class of `i` (FaceNet). The negative `n` is the
    nearest row of another class with `d(i, n) > d(i, p)`, or the furthest row
    of another class if there is none. Rows without a negative in the batch
    are left out.

    The loss compares all rows of the batch, over all replicas: see
    `BatchLoss`. Memory: a few matrices (batch, batch), no tensor of all
    triplets.

    Inputs:
        y_true: integers (batch,), the classes.
        y_pred: float tensor (batch, dim), the embeddings, compared as they
            are: end the model in `keras.layers.UnitNormalization(axis=-1)`,
            or use `metric="cosine"`.
        sample_weight: raises ValueError, since the batch has one value.

    When to use:
        Single texts or images with class labels, where the hardest triplets
        would be wrong labels or would make all embeddings equal. A batch
        should hold several rows of each class.

    Related:
        `BatchHardTriplet` uses the hardest triplet of each row.
        `SupervisedContrastive` uses all pairs of a class.

    Args:
        margin: positive float. Defaults to 1.
        metric: "squared_euclidean", "euclidean" or "cosine" (`1 - cos`).
            Defaults to "squared_euclidean".
        **kwargs: `reduction` and `name`, as for every Keras loss.

    Returns:
        One value for the batch.

    Raises:
        ValueError: `margin` is not positive, `metric` is unknown, `y_true` is
            missing or `y_pred` is not (batch, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SemiHardTriplet
    >>> embeddings = np.array([[0.0], [2.0], [3.0], [4.0]])
    >>> # 1 + 2 - 3, 1 + 2 - 2 (none is further), 1 + 1 - 3 and 1 + 1 - 2
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
        return number_groups(super().targets(y_true, num_rows), num_rows)

    def call(self, y_true, y_pred):
        loss = semi_hard_triplet_loss(y_true, y_pred, self.margin, self.metric)
        return ops.reshape(loss, (1,))

    def get_config(self):
        return {
            **super().get_config(),
            "margin": self.margin,
            "metric": self.metric,
        }
