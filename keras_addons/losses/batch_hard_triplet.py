"""Batch-hard triplet loss."""

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


def batch_hard_triplet_loss(y_true, y_pred, margin=1.0, metric="euclidean"):
    """Triplet loss over the hardest positive and negative of each row.

    See `BatchHardTriplet` for the formula.

    Args:
        y_true: integers (batch,), the classes.
        y_pred: float tensor (batch, dim), the embeddings.
        margin: positive float, or None for the soft margin. Defaults to 1.
        metric: "euclidean", "squared_euclidean" or "cosine" (`1 - cos`).
            Defaults to "euclidean".

    Returns:
        float32 tensor (batch,).

    Example:

    >>> embeddings = ops.array([[0.0], [2.0], [3.0], [4.0]])
    >>> # 1 + 2 - 3, 1 + 2 - 1, 1 + 1 - 1 and 1 + 1 - 2
    >>> losses = batch_hard_triplet_loss(ops.array([0, 0, 1, 1]), embeddings)
    >>> ops.convert_to_numpy(losses)
    array([0., 2., 1., 0.], dtype=float32)

    Reference:
        [Hermans et al., 2017](https://arxiv.org/abs/1703.07737)
    """
    check_rows(y_pred)
    apart = distances(y_pred, metric)  # (batch, batch)
    is_same = same_group(flatten_labels(y_true))
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
    """Triplet loss over the hardest positive and negative of each row.

    `max(0, margin + max_p d(i, p) - min_n d(i, n))` for each row `i`, with
    `p` over the other rows of its class and `n` over the rows of other
    classes. With `margin=None` (soft margin): `log(1 + exp(max_p d(i, p) -
    min_n d(i, n)))`. The loss of a row without positives or without negatives
    is 0.

    The loss compares all rows of the batch, over all replicas: see
    `BatchLoss`. Memory: a few matrices (batch, batch).

    Inputs:
        y_true: integers (batch,), the classes.
        y_pred: float tensor (batch, dim), the embeddings, compared as they
            are: end the model in `keras.layers.UnitNormalization(axis=-1)`,
            or use `metric="cosine"`.
        sample_weight: None or (batch,), the weights of rows as anchors.

    When to use:
        Single texts or images with class labels and few outliers, whose hard
        pairs should count most. A batch should hold several rows of each
        class, for instance 16 classes with 4 rows.

    Related:
        `SemiHardTriplet` is less sensitive to wrong labels.
        `SupervisedContrastive` uses all pairs of a class.

    Args:
        margin: positive float, or None for the soft margin. Defaults to 1.
        metric: "euclidean", "squared_euclidean" or "cosine" (`1 - cos`).
            Defaults to "euclidean".
        **kwargs: `reduction` and `name`, as for every Keras loss.

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
        return number_groups(super().targets(y_true, num_rows), num_rows)

    def call(self, y_true, y_pred):
        return batch_hard_triplet_loss(y_true, y_pred, self.margin, self.metric)

    def get_config(self):
        return {
            **super().get_config(),
            "margin": self.margin,
            "metric": self.metric,
        }
