"""R-Drop: two passes with dropout are to agree."""

import keras
from keras import ops


def r_drop_loss(y_true, y_pred, alpha=4.0):
    """`CE(row) + alpha / 4 * (KL(p, q) + KL(q, p))`, a value a row.

    `p` and `q` are what the two copies of an example, in rows `2i` and `2i +
    1`, were predicted to be; dropout made them differ. The mean over the rows
    is that of the author's code, `mean CE + alpha / 4 * mean (KL + KL)`, and
    half of the paper's `CE_1 + CE_2 + alpha / 2 * (KL + KL)` an example: the
    minimum is the same. Gradients pass through both sides of KL. In float32;
    holds two tensors of the size of the logits.

    Args:
        y_true: integers (2 n, ...), the classes, each twice.
        y_pred: float tensor (2 n, ..., classes), the logits.
        alpha: float, the weight of agreement.

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
    logits = ops.cast(y_pred, "float32")
    targets = ops.reshape(ops.cast(y_true, "int32"), ops.shape(logits)[:-1])
    losses = ops.sparse_categorical_crossentropy(
        targets, logits, from_logits=True
    )
    pairs = ops.reshape(
        ops.log_softmax(logits), (-1, 2, *ops.shape(logits)[1:])
    )
    first, second = pairs[:, 0], pairs[:, 1]
    # KL(p, q) + KL(q, p) in one sum.
    divergence = (ops.exp(first) - ops.exp(second)) * (first - second)
    divergence = ops.repeat(ops.sum(divergence, axis=-1), 2, axis=0)
    return losses + 0.25 * alpha * divergence


@keras.saving.register_keras_serializable(package="keras_addons")
class RDrop(keras.losses.Loss):
    """Cross-entropy of logits, and agreement of the two copies of an example.

    `mean CE + alpha / 4 * mean (KL(p, q) + KL(q, p))`, see `r_drop_loss`.

    Every batch holds every example twice, the copies one after the other: a,
    a, b, b. So its size is even, and what shuffles must move pairs: pass
    `shuffle=False` to `fit`, and `np.repeat(examples, 2, axis=0)` of examples
    that were shuffled before, or a dataset that repeats the rows of a batch.
    Under `tf.distribute` the share of every replica has to be even too.

    Args:
        alpha: float >= 0, the weight of agreement.
        reduction: as of every Keras loss.
        name: string.

    Call arguments:
        y_true: integers (2 n, ...), the classes.
        y_pred: float tensor (2 n, ..., classes), the logits.
        sample_weight: None or a tensor that weighs the rows.

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
        num_rows = y_pred.shape[0]
        if num_rows is not None and num_rows % 2:
            raise ValueError(
                "`y_pred` must have an even number of rows, two for an "
                f"example. Received shape: {tuple(y_pred.shape)}"
            )
        return r_drop_loss(y_true, y_pred, self.alpha)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}
