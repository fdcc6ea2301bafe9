"""AnglE: CoSENT over an angle in complex space and over the cosine."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_pairs
from keras_addons.losses.arguments import check_positive
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.cosent import pair_cosines
from keras_addons.losses.cosent import ranking_loss
from keras_addons.ops.cosines import unit_vectors


def angle_similarities(pairs):
    """`|Re + Im|` of `<z, w> / (|z| |w|)` of each pair as complex vectors.

    The first half of an embedding is the real part of `z` or `w`, the second
    half the imaginary part; `<z, w> = sum_k z_k conj(w_k)`.

    Args:
        pairs: float tensor (batch, 2, dim), dim even.

    Returns:
        float32 tensor (batch,), of values in [0, sqrt(2)].
    """
    pairs = unit_vectors(pairs)
    halves = ops.split(pairs, 2, axis=-1)
    (a, c), (b, d) = ((half[:, 0], half[:, 1]) for half in halves)
    # (a + i b)(c - i d) = (ac + bd) + i (bc - ad)
    return ops.abs(ops.sum(a * c + b * d + b * c - a * d, axis=-1))


def angle_loss(y_true, y_pred, scale=20.0, cosine_weight=1.0):
    """AnglE ranking loss over the pairs of a batch.

    `rank(y, angle) + cosine_weight * rank(y, cos)` where `rank(y, s) = log(1
    + sum exp(scale * (s_i - s_j)))` over all `i, j` with `y_i < y_j`. See
    `AnglE` for the angle.

    Args:
        y_true: numbers (batch,), how similar the sentences of a pair are.
        y_pred: float tensor (batch, 2, dim), the embeddings of each pair; dim
            even.
        scale: positive float, the inverse of a temperature. Defaults to 20.
        cosine_weight: float >= 0. Defaults to 1.

    Returns:
        float32 scalar.

    Example:

    >>> # As complex numbers: 1 and 1, then 1 and -i.
    >>> pairs = ops.array([[[1.0, 0], [1, 0]], [[1, 0], [0, -1]]])
    >>> loss = angle_loss(ops.array([0, 1]), pairs, scale=1.0, cosine_weight=0)
    >>> print(f"{float(loss):.3f}")  # log(1 + e^(1 - 1))
    0.693

    Reference:
        [Li and Li, 2023](https://arxiv.org/abs/2309.12871)
    """
    check_pairs(y_pred)
    if y_pred.shape[-1] % 2:
        raise ValueError(
            "The last axis of `y_pred` must be even. "
            f"Received shape: {tuple(y_pred.shape)}"
        )
    loss = ranking_loss(y_true, angle_similarities(y_pred), scale)
    if cosine_weight:
        cosines = pair_cosines(y_pred)
        loss = loss + cosine_weight * ranking_loss(y_true, cosines, scale)
    return loss


@keras.saving.register_keras_serializable(package="keras_addons")
class AnglE(BatchLoss):
    """AnglE ranking loss: CoSENT over complex angles, plus CoSENT over cosines.

    `rank(y, angle) + cosine_weight * rank(y, cos)` where `rank` is the loss
    of `CoSENT` and `angle = |Re + Im|` of `<z, w> / (|z| |w|)`. The two halves
    of an embedding are the real and imaginary parts of a complex vector. The
    angle is 1 for equal vectors and is not symmetric in the two. Its gradient
    does not vanish where the cosine is near 1.

    The loss compares all pairs of the batch, over all replicas: see
    `BatchLoss`. Memory: a few matrices (batch, batch).

    Inputs:
        y_true: numbers (batch,), how similar the two sentences of each pair
            are.
        y_pred: float tensor (batch, 2, dim), the embeddings of each pair; dim
            even.
        sample_weight: raises ValueError, since the batch has one value.

    When to use:
        The data of `CoSENT`, where many cosines are near 1 or -1 and their
        gradients vanish. A batch should hold different labels. Examples may be
        shuffled.

    Related:
        `CoSENT` is the cosine term alone. `SpearmanEvaluator` measures the
        ranking by cosine.

    Args:
        scale: positive float, the inverse of a temperature. Defaults to 20.
        cosine_weight: float >= 0; 0 leaves the angle alone. Defaults to 1.
        **kwargs: `reduction` and `name`, as for every Keras loss.

    Returns:
        One value for the batch.

    Raises:
        ValueError: `scale` is not positive, `cosine_weight` is negative,
            `y_true` is missing or `y_pred` is not (batch, 2, even dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import AnglE
    >>> # As complex numbers: 1 and 1, then 1 and -i.
    >>> pairs = np.array([[[1.0, 0], [1, 0]], [[1, 0], [0, -1]]])
    >>> value = AnglE(scale=1.0, cosine_weight=0)(np.array([0, 1]), pairs)
    >>> np.isclose(float(value), np.log(1 + np.exp(1 - 1)))
    np.True_

    Reference:
        [Li and Li, 2023](https://arxiv.org/abs/2309.12871)
    """

    weighs_rows = False

    def __init__(self, scale=20.0, cosine_weight=1.0, **kwargs):
        super().__init__(**kwargs)
        check_positive("scale", scale)
        if not cosine_weight >= 0:
            raise ValueError(
                "`cosine_weight` must not be negative. "
                f"Received: {cosine_weight}"
            )
        self.scale = scale
        self.cosine_weight = cosine_weight

    def call(self, y_true, y_pred):
        loss = angle_loss(y_true, y_pred, self.scale, self.cosine_weight)
        return ops.reshape(loss, (1,))

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "cosine_weight": self.cosine_weight,
        }
