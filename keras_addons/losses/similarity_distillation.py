"""Distillation of the similarities that a teacher sees in a batch."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_positive
from keras_addons.losses.arguments import check_rows
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.ops.cosines import cosines


def similarity_distillation(y_true, y_pred, weight=100.0):
    """`weight * mean_j (cos(u_i, u_j) - cos(v_i, v_j))^2` of each row `i`.

    Args:
        y_true: float tensor (batch, teacher_dim), the vectors `v`.
        y_pred: float tensor (batch, dim), the vectors `u`.
        weight: positive float.

    Returns:
        float32 tensor (batch,).
    """
    errors = cosines(y_pred, y_pred) - cosines(y_true, y_true)
    return weight * ops.mean(errors * errors, axis=-1)


@keras.saving.register_keras_serializable(package="keras_addons")
class SimilarityDistillation(BatchLoss):
    """The cosines within a batch shall be those of a teacher's vectors.

    `weight / n^2 * sum_ij (cos(u_i, u_j) - cos(v_i, v_j))^2` with the model's
    embeddings `u` and the teacher's `v`: 0 exactly if all cosines agree, and
    unchanged if the `v` are rotated together or scaled one by one. The two
    may be of different sizes.

    Couples the rows of a batch, of all replicas: see `BatchLoss`. Holds a few
    matrices (batch, batch).

    `y_pred`: (batch, dim), the embeddings.
    `y_true`: (batch, teacher_dim), the teacher's embeddings.
    `sample_weight`: of rows; it weighs all errors of a row.

    Args:
        weight: positive float.
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value a row, then reduced.

    Raises:
        ValueError: `weight` is not positive, or `y_true` or `y_pred` is not
            (batch, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SimilarityDistillation
    >>> student = np.eye(2, dtype="float32")  # cosine 0
    >>> teacher = np.array([[0.0, 0.0, 3.0], [0.0, 0.0, 1.0]])  # cosine 1
    >>> float(SimilarityDistillation()(teacher, student))  # 100 / 4 * (1 + 1)
    50.0

    Reference:
        https://kexue.fm/archives/8454
    """

    def __init__(self, weight=100.0, **kwargs):
        super().__init__(**kwargs)
        check_positive("weight", weight)
        self.weight = weight

    def call(self, y_true, y_pred):
        check_rows(y_pred)
        if len(y_true.shape) != 2:
            raise ValueError(
                "`y_true` must hold the teacher's embeddings, of shape "
                "(batch, teacher_dim). "
                f"Received shape: {tuple(y_true.shape)}"
            )
        return similarity_distillation(y_true, y_pred, self.weight)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}
