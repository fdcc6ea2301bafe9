"""Base class of losses that compare the rows of a batch with each other."""

import keras
from keras import ops

from keras_addons import backend


class BatchLoss(keras.losses.Loss):
    """Base class of losses that compare the rows of a batch with each other.

    The loss is that of the global batch. Under `tf.distribute`, every replica
    gathers the rows of all replicas, in the order of the batch, and computes
    the whole loss, so that training equals training on one device. On JAX the
    batch of a step is global anyway. Keras on torch has one replica; in your
    own `DistributedDataParallel` loop each process compares its own rows. The
    loss is computed in float32, whatever the dtype of the model. The
    functions, such as `cosent_loss`, do not gather: they compare the rows
    that they are given.

    Such a loss is not a mean over examples: the mean over micro-batches, as
    with gradient accumulation, is a different loss. `layers.GradientCache`
    trains with the loss of the large batch. A row with `sample_weight` 0 has
    no loss of its own but is still compared with the others.

    A subclass defines `call(y_true, y_pred)` over the rows of all replicas,
    which returns one value for each row. A loss with one value for the batch
    returns it with shape (1,) and sets `weighs_rows = False`;
    `sample_weight` then raises. Override `targets` to prepare the labels.

    Inputs:
        y_true: labels, batch first; or None, if `targets` accepts it.
        y_pred: float tensor (batch, ...), usually embeddings.
        sample_weight: None or (batch,), the weights of rows.

    When to use:
        As the base class of a contrastive, ranking or triplet loss of your
        own. For a loss with independent examples use `keras.losses.Loss`.

    Related:
        Subclasses: `InBatchContrastive`, `TwoTowerContrastive`,
        `SupervisedContrastive`, `BatchHardTriplet`, `SemiHardTriplet`,
        `CoSENT`, `AnglE`, `SimilarityDistillation`.

    Args:
        reduction: as for every Keras loss. Defaults to
            "sum_over_batch_size", the mean over the rows.
        name: string.

    Example:

    >>> import keras
    >>> import numpy as np
    >>> from keras_addons.losses import BatchLoss
    >>> class Spread(BatchLoss):
    ...     "Mean squared distance to the mean of the batch."
    ...     def call(self, y_true, y_pred):
    ...         centre = keras.ops.mean(y_pred, axis=0)
    ...         return keras.ops.sum((y_pred - centre) ** 2, axis=-1)
    >>> float(Spread()(np.zeros(2), np.array([[1.0], [3.0]])))
    1.0

    Reference:
        https://kexue.fm/archives/8471
    """

    weighs_rows = True

    def __init__(self, reduction="sum_over_batch_size", name=None):
        super().__init__(name=name, reduction=reduction, dtype="float32")

    def targets(self, y_true, num_rows):
        """Prepares the labels for `call`, those of all replicas.

        Args:
            y_true: tensor, or None where `fit` was given no labels.
            num_rows: the number of rows of all replicas.

        Returns:
            Tensor; Keras casts it to float32 before `call`.
        """
        if y_true is None:
            raise ValueError(
                f"`y_true` must be given to {type(self).__name__}. "
                "Received: None"
            )
        return y_true

    def __call__(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            self.check_weighs_rows()
            sample_weight = gather(sample_weight)
        if y_true is not None:
            y_true = gather(y_true)
        own_rows = ops.cast(y_pred, "float32")
        y_pred = backend.all_gather(own_rows)
        y_true = self.targets(y_true, ops.shape(y_pred)[0])
        loss = super().__call__(y_true, y_pred, sample_weight)
        if self.reduction in ("sum", "none", None):
            # Every replica computes the whole loss and the trainer adds up the
            # replicas: each contributes its share of the rows.
            loss = loss * share_of_rows(own_rows, y_pred)
        return loss

    def check_weighs_rows(self):
        """Raises ValueError if the loss has no value for each row."""
        if not self.weighs_rows:
            raise ValueError(
                f"`sample_weight` must be None for {type(self).__name__}, "
                "which has one value for the whole batch, not one for each "
                "row. Received a `sample_weight` (or a `class_weight`)."
            )


def gather(values):
    """Gathers the rows of all replicas."""
    return backend.all_gather(ops.convert_to_tensor(values))


def share_of_rows(own_rows, all_rows):
    """The rows of this replica as a fraction of all rows."""
    own, every = (ops.shape(rows)[0] for rows in (own_rows, all_rows))
    return ops.cast(own, "float32") / ops.cast(every, "float32")
