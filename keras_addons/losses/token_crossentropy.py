"""Cross-entropy of the tokens that have a target."""

import keras
from keras import ops


def token_crossentropy(targets, token_logits):
    """`logsumexp(z) - z_target` a token, and 0 where there is no target.

    Computed in float32 by the fused operation of the backend: no table of
    ones and zeros is made. Holds the gradient of the logits beside them;
    `layers.LanguageModelLoss` holds neither.

    Args:
        targets: integer tensor (...); below 1, such as padding or Hugging
            Face's -100, stands for no target.
        token_logits: float tensor (..., vocabulary).

    Returns:
        float32 tensor (...).

    Example:

    >>> logits = ops.log(ops.array([[0.1, 0.8, 0.1], [0.1, 0.8, 0.1]]))
    >>> losses = token_crossentropy(ops.array([1, 0]), logits)
    >>> ops.convert_to_numpy(losses).round(3)  # -log(0.8) = 0.223
    array([0.223, 0.   ], dtype=float32)

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """
    targets = ops.cast(targets, "int32")
    losses = ops.sparse_categorical_crossentropy(
        ops.maximum(targets, 0),
        ops.cast(token_logits, "float32"),
        from_logits=True,
    )
    return ops.where(targets > 0, losses, 0.0)


@keras.saving.register_keras_serializable(package="keras_addons")
class TokenCrossentropy(keras.losses.Loss):
    """The mean cross-entropy of the tokens that have a target.

    `sum_t w_t (logsumexp(z_t) - z_t[y_t]) / sum_t w_t` over the tokens with
    `y_t > 0`; `w_t` is 1 or the `sample_weight`. The mean is that of the
    batch (under `tf.distribute`, of a replica's share, as of every loss of
    Keras): a long text counts for more than a short one. For masked language
    modelling, where the target of a token that was not hidden is 0, and for
    every other prediction of tokens.

    Args:
        reduction: as of every Keras loss; "sum" makes batches add up.
        name: string.

    Call arguments:
        y_true: integers (batch, length); below 1 stands for no target.
        y_pred: float tensor (batch, length, vocabulary), the logits.
        sample_weight: None or a tensor (batch,) or (batch, length).

    Returns:
        float32 scalar, 0 if there is no target at all.

    Example:

    >>> import numpy as np
    >>> logits = np.log([[[0.1, 0.8, 0.1], [0.1, 0.8, 0.1]]])
    >>> loss = TokenCrossentropy()
    >>> print(f"{float(loss(np.array([[1, 0]]), logits)):.3f}")  # -log(0.8)
    0.223

    In a model with several outputs, `compile` takes `loss={"token_logits":
    TokenCrossentropy()}` and `fit` the targets `{"token_logits": ...}`.

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """

    def __init__(
        self, reduction="mean_with_sample_weight", name="token_crossentropy"
    ):
        super().__init__(name=name, reduction=reduction, dtype="float32")

    def __call__(self, y_true, y_pred, sample_weight=None):
        # Here and not in `call`, to which Keras would hand the ids as floats.
        targets = ops.cast(y_true, "int32")
        weights = ops.cast(targets > 0, "float32")
        if sample_weight is not None:
            weights = weights * spread(sample_weight, weights)
        return super().__call__(
            targets, token_crossentropy(targets, y_pred), weights
        )

    def call(self, y_true, y_pred):
        return y_pred  # the losses of the tokens, to be averaged


def spread(sample_weight, weights):
    """Gives `sample_weight` the rank of `weights`."""
    sample_weight = ops.cast(sample_weight, weights.dtype)
    missing = len(weights.shape) - len(sample_weight.shape)
    shape = (*ops.shape(sample_weight), *[1] * missing)
    return ops.reshape(sample_weight, shape)
