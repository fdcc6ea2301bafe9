"""Distillation of a teacher's cosines within a batch."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_positive
from keras_addons.losses.arguments import check_rows
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.ops.cosines import cosines


def similarity_distillation_loss(y_true, y_pred, weight=100.0):
    """Mean squared error between the cosines of student and teacher.

    `weight * mean_j (cos(u_i, u_j) - cos(v_i, v_j))^2` for each row `i`.

    Args:
        y_true: float tensor (batch, teacher_dim), the teacher's embeddings
            `v`.
        y_pred: float tensor (batch, dim), the student's embeddings `u`.
        weight: positive float. Defaults to 100.

    Returns:
        float32 tensor (batch,).

    Example:

    >>> student = ops.array([[1.0, 0.0], [0.0, 1.0]])  # cosine 0
    >>> teacher = ops.array([[0.0, 0.0, 3.0], [0.0, 0.0, 1.0]])  # cosine 1
    >>> losses = similarity_distillation_loss(teacher, student)
    >>> ops.convert_to_numpy(losses)  # 100 / 2 * (0 + 1)
    array([50., 50.], dtype=float32)

    Reference:
        https://kexue.fm/archives/8454
    """
    check_rows(y_pred)
    if len(y_true.shape) != 2:
        raise ValueError(
            "`y_true` must hold the teacher's embeddings, of shape (batch, "
            f"teacher_dim). Received shape: {tuple(y_true.shape)}"
        )
    errors = cosines(y_pred, y_pred) - cosines(y_true, y_true)
    return weight * ops.mean(errors * errors, axis=-1)


@keras.saving.register_keras_serializable(package="keras_addons")
class SimilarityDistillation(BatchLoss):
    """Mean squared error between the cosines of student and teacher.

    `weight / n^2 * sum_ij (cos(u_i, u_j) - cos(v_i, v_j))^2` over all pairs
    of the `n` rows of the batch, with the student's embeddings `u` and the
    teacher's embeddings `v`. Rotating all `v`, or scaling single ones, does
    not change the loss.

    The loss compares all rows of the batch, over all replicas: see
    `BatchLoss`. Memory: a few matrices (batch, batch).

    Inputs:
        y_true: float tensor (batch, teacher_dim), the teacher's embeddings.
        y_pred: float tensor (batch, dim), the student's embeddings; dim may
            differ from teacher_dim.
        sample_weight: None or (batch,), which weighs all errors of a row.

    When to use:
        Texts with the embeddings of a teacher, computed before training: to
        train a smaller student, or to keep the similarities of an earlier
        training stage (RoFormer-Sim, stage 2). Examples may be shuffled.

    Related:
        `CoSENT` learns the order of labelled similarities.
        `InBatchContrastive` uses a teacher as `guide` to leave out false
        negatives.

    Args:
        weight: positive float, the factor of the loss. Defaults to 100.
        **kwargs: `reduction` and `name`, as for every Keras loss.

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
        return similarity_distillation_loss(y_true, y_pred, self.weight)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}
