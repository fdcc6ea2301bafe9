"""AnglE: CoSENT with an angle in complex space beside the cosine."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_pairs
from keras_addons.losses.arguments import check_positive
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.cosent import cosent_loss
from keras_addons.losses.cosent import pair_cosines
from keras_addons.ops.cosines import unit_vectors


def angle_similarities(pairs):
    """`|Re + Im|` of `<z, w> / (|z| |w|)` of each pair as complex vectors.

    The first half of an embedding is the real part of `z` or `w`, the second
    half the imaginary one; `<z, w> = sum_k z_k conj(w_k)`.

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


@keras.saving.register_keras_serializable(package="keras_addons")
class AnglE(BatchLoss):
    """Pairs with a greater label shall be greater in angle and in cosine.

    `cosent(y, angle) + cosine_weight * cosent(y, cos)`, `cosent` as in
    `CoSENT`, where `angle = |Re + Im|` of `<z, w> / (|z| |w|)`, the halves of
    an embedding being the real and imaginary parts of a complex vector. Its
    slope does not vanish where the cosine is near 1.

    This is what the authors' code computes. The paper calls the quantity an
    angle difference; like a cosine it is the greater the more alike the two
    are (1 for equal ones), and it is not symmetric in them.

    Couples the pairs of a batch, of all replicas: see `BatchLoss`. Pairs may
    be shuffled. Holds a few matrices (batch, batch).

    `y_pred`: (batch, 2, dim), the two embeddings of each pair; dim even.
    `y_true`: numbers (batch,), how similar the two are.
    `sample_weight`: raises, since the value is one of pairs of pairs.

    Args:
        scale: positive float, the inverse of a temperature.
        cosine_weight: float, 0 or more. 0 is the angle alone, as in
            sentence-transformers.
        **kwargs: `reduction` and `name`, as of every Keras loss.

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
        check_pairs(y_pred)
        if y_pred.shape[-1] % 2:
            raise ValueError(
                "The last axis of `y_pred` must be even. "
                f"Received shape: {tuple(y_pred.shape)}"
            )
        labels = ops.reshape(y_true, (-1,))
        loss = cosent_loss(labels, angle_similarities(y_pred), self.scale)
        if self.cosine_weight:
            cosines = cosent_loss(labels, pair_cosines(y_pred), self.scale)
            loss = loss + self.cosine_weight * cosines
        return ops.reshape(loss, (1,))

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "cosine_weight": self.cosine_weight,
        }
