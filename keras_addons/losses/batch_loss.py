"""The base of the losses that couple the rows of a batch."""

import keras
from keras import ops

from keras_addons import backend


class BatchLoss(keras.losses.Loss):
    """A loss that compares the rows of a batch with each other.

    It sees the batch of all replicas: under `tf.distribute` every replica
    gathers the rows of the others, in their order in the batch, and computes
    the whole loss, so that training equals that on one device; on JAX the
    batch of a step is global anyway. Keras on torch has one replica; in a
    loop of your own over `DistributedDataParallel` each process compares its
    own rows. Computed in float32 whatever the dtype of the model.

    Such a loss is not a mean over examples. The mean over smaller batches,
    as of gradient accumulation, is another loss; `GradientCache` is for
    that. And a row of `sample_weight` 0 still is what others are compared
    with.

    A subclass defines `call(y_true, y_pred)` over the rows of all replicas.
    It returns one value a row; a loss that has only one for the batch returns
    that of shape (1,) and sets `weighs_rows = False`, then `sample_weight`
    raises. `targets` says what becomes of the labels before.

    Args:
        reduction: as in Keras; by default the mean over the rows.
        name: string.

    Example:

    >>> import keras
    >>> import numpy as np
    >>> from keras_addons.losses import BatchLoss
    >>> class Spread(BatchLoss):
    ...     "The mean squared length of what remains without the mean."
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
        """Prepares the labels of all replicas for `call`.

        Args:
            y_true: tensor, or None where `fit` was given no labels.
            num_rows: the number of rows of all replicas.

        Returns:
            Tensor, which Keras casts to float32.
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
            sample_weight = gathered(sample_weight)
        if y_true is not None:
            y_true = gathered(y_true)
        own_rows = ops.cast(y_pred, "float32")
        y_pred = backend.all_gather(own_rows)
        y_true = self.targets(y_true, ops.shape(y_pred)[0])
        loss = super().__call__(y_true, y_pred, sample_weight)
        if self.reduction in ("sum", "none", None):
            # The trainer adds up what every replica has computed in whole.
            loss = loss * share(own_rows, y_pred)
        return loss

    def check_weighs_rows(self):
        if not self.weighs_rows:
            raise ValueError(
                f"`sample_weight` must be None for {type(self).__name__}, "
                "which has one value for the batch and none for a row. "
                "Received a `sample_weight` (or a `class_weight`)."
            )


def gathered(values):
    return backend.all_gather(ops.convert_to_tensor(values))


def share(own_rows, all_rows):
    own, every = (ops.shape(rows)[0] for rows in (own_rows, all_rows))
    return ops.cast(own, "float32") / ops.cast(every, "float32")
