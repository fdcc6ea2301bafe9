"""CoSENT: the cosines of a batch of pairs in the order of their labels."""

import keras
from keras import ops

from keras_addons.losses.arguments import check_pairs
from keras_addons.losses.arguments import check_positive
from keras_addons.losses.batch_loss import BatchLoss
from keras_addons.losses.rows import masked_logsumexp
from keras_addons.ops.cosines import unit_vectors


def cosent_loss(y_true, similarities, scale=20.0):
    """`log(1 + sum exp(scale * (s_i - s_j)))` over `i, j` with `t_i < t_j`.

    Args:
        y_true: tensor (batch,), the label `t` of each pair.
        similarities: float tensor (batch,), the similarity `s` of each pair.
        scale: positive float.

    Returns:
        float32 scalar.
    """
    similarities = scale * ops.cast(similarities, "float32")
    margins = similarities[:, None] - similarities[None, :]  # (batch, batch)
    must_rank = y_true[:, None] < y_true[None, :]
    # softplus(log x) = log(1 + x)
    return ops.softplus(
        masked_logsumexp(
            ops.reshape(margins, (-1,)), ops.reshape(must_rank, (-1,))
        )
    )


def pair_cosines(pairs):
    """The cosine of the two vectors of each pair.

    Args:
        pairs: float tensor (batch, 2, dim).

    Returns:
        float32 tensor (batch,).
    """
    pairs = unit_vectors(pairs)
    return ops.sum(pairs[:, 0] * pairs[:, 1], axis=-1)


@keras.saving.register_keras_serializable(package="keras_addons")
class CoSENT(BatchLoss):
    """Pairs with a greater label shall have a greater cosine.

    `log(1 + sum exp(scale * (cos_i - cos_j)))` over all `i, j` in the batch
    with `y_i < y_j`. Only the order of the labels counts: grades, 0 and 1, or
    contradiction < neutral < entailment. It is 0 if all labels are equal, and
    goes to 0 when all pairs are in order by margins large against
    `1 / scale`.

    Couples the pairs of a batch, of all replicas: see `BatchLoss`. Pairs may
    be shuffled. Holds a few matrices (batch, batch).

    `y_pred`: (batch, 2, dim), the two embeddings of each pair, for instance
    `ops.stack([encoder(a), encoder(b)], axis=1)`.
    `y_true`: numbers (batch,), how similar the two are.
    `sample_weight`: raises, since the value is one of pairs of pairs.

    Args:
        scale: positive float, the inverse of a temperature.
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Returns:
        One value for the batch.

    Raises:
        ValueError: `scale` is not positive, `y_true` is missing or `y_pred`
            is not (batch, 2, dim).

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import CoSENT
    >>> same, different = [[1.0, 0.0], [2.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]
    >>> value = CoSENT(scale=1.0)(np.array([0, 1]), np.array([same, different]))
    >>> np.isclose(float(value), np.log(1 + np.exp(1 - 0)))
    np.True_

    Reference:
        https://kexue.fm/archives/8847
    """

    weighs_rows = False

    def __init__(self, scale=20.0, **kwargs):
        super().__init__(**kwargs)
        check_positive("scale", scale)
        self.scale = scale

    def call(self, y_true, y_pred):
        check_pairs(y_pred)
        labels = ops.reshape(y_true, (-1,))
        loss = cosent_loss(labels, pair_cosines(y_pred), self.scale)
        return ops.reshape(loss, (1,))

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}
