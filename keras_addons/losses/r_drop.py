"""R-Drop: crossentropy plus KL between two passes with dropout."""

import keras
from keras import ops


def r_drop_loss(y_true, y_pred, alpha=4.0):
    """Crossentropy plus symmetric KL between the two copies of an example.

    `CE(row) + alpha / 4 * (KL(p, q) + KL(q, p))`. The copies are in rows `2
    i` and `2 i + 1`; `p` and `q` are their predicted distributions, which
    differ by dropout. Gradients pass through both arguments of KL. Memory:
    two float32 tensors of the size of the logits.

    Args:
        y_true: integers (2 n, ...), the classes, each twice.
        y_pred: float tensor (2 n, ..., classes), the logits.
        alpha: float >= 0, the weight of the KL term. Defaults to 4.

    Returns:
        float32 tensor (2 n, ...).

    Example:

    >>> logits = ops.log(ops.array([[0.5, 0.5], [0.8, 0.2]]))
    >>> losses = r_drop_loss(ops.array([0, 0]), logits)
    >>> # KL + KL = 0.3 log(1.6) + 0.3 log(2.5) = 0.416
    >>> ops.convert_to_numpy(losses).round(3)
    array([1.109, 0.639], dtype=float32)

    Reference:
        [Liang et al., 2021](https://arxiv.org/abs/2106.14448),
        https://kexue.fm/archives/8496
    """
    if (y_pred.shape[0] or 0) % 2:
        raise ValueError(
            "`y_pred` must have an even number of rows, two for each example. "
            f"Received shape: {tuple(y_pred.shape)}"
        )
    logits = ops.cast(y_pred, "float32")
    targets = ops.reshape(ops.cast(y_true, "int32"), ops.shape(logits)[:-1])
    losses = ops.sparse_categorical_crossentropy(
        targets, logits, from_logits=True
    )
    pairs = ops.reshape(
        ops.log_softmax(logits), (-1, 2, *ops.shape(logits)[1:])
    )
    first, second = pairs[:, 0], pairs[:, 1]
    # Both KL terms in one sum: sum p (log p - log q) + q (log q - log p).
    divergence = (ops.exp(first) - ops.exp(second)) * (first - second)
    divergence = ops.repeat(ops.sum(divergence, axis=-1), 2, axis=0)
    return losses + 0.25 * alpha * divergence


@keras.saving.register_keras_serializable(package="keras_addons")
class RDrop(keras.losses.Loss):
    """R-Drop: crossentropy plus KL between two passes with dropout.

    `mean CE + alpha / 4 * mean (KL(p, q) + KL(q, p))`, where `p` and `q` are
    the predicted distributions of the two copies of an example. Half of the
    paper's `CE_1 + CE_2 + alpha / 2 * (KL(p, q) + KL(q, p))` an example.

    Inputs:
        y_true: integers (2 n, ...), the classes.
        y_pred: float tensor (2 n, ..., classes), the logits.
        sample_weight: None or a tensor that weighs the rows.

    When to use:
        Classification or tagging of small data with a model that has dropout.
        Every batch holds every example twice in neighbouring rows, `a, a, b,
        b`: repeat shuffled examples with `np.repeat(examples, 2, axis=0)` and
        `fit(..., shuffle=False)` with an even batch size, or repeat the rows
        of each batch in a dataset. Under `tf.distribute` the batch of every
        replica must be even too.

    Related:
        `InBatchContrastive` learns sentence embeddings from two passes with
        dropout (SimCSE). `keras.losses.SparseCategoricalCrossentropy` is the
        first term alone.

    Args:
        alpha: float >= 0, the weight of the KL term. Defaults to 4.
        reduction: as for every Keras loss. Defaults to
            "sum_over_batch_size".
        name: string. Defaults to "r_drop".

    Returns:
        float32 scalar.

    Raises:
        ValueError: `alpha` is negative, or the number of rows is odd.

    Example:

    >>> import numpy as np
    >>> model = keras.Sequential([
    ...     keras.Input((3,)), keras.layers.Dropout(0.3), keras.layers.Dense(2)
    ... ])
    >>> model.compile("adam", loss=RDrop(alpha=4.0))
    >>> features = np.repeat(np.eye(3), 2, axis=0)
    >>> labels = np.repeat([0, 1, 1], 2)
    >>> logits = model(features, training=True)
    >>> bool(RDrop()(labels, logits) > 0)  # or model.fit(..., shuffle=False)
    True

    Reference:
        [Liang et al., 2021](https://arxiv.org/abs/2106.14448),
        https://kexue.fm/archives/8496
    """

    def __init__(
        self, alpha=4.0, reduction="sum_over_batch_size", name="r_drop"
    ):
        super().__init__(name=name, reduction=reduction, dtype="float32")
        if not alpha >= 0:
            raise ValueError(f"`alpha` must be >= 0. Received: {alpha}")
        self.alpha = alpha

    def call(self, y_true, y_pred):
        return r_drop_loss(y_true, y_pred, self.alpha)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}
