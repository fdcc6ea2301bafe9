"""Crossentropy of the tokens that have a target."""

import keras
from keras import ops


def token_crossentropy(targets, token_logits):
    """Crossentropy of each token; 0 for tokens without a target.

    `logsumexp(z) - z_target`, in float32, by the backend's fused operation.
    Memory: the gradient has the size of the logits and no one-hot tensor is
    made; `layers.LanguageModelLoss` needs neither logits nor gradient.

    Args:
        targets: integer tensor (...), token ids. Values below 1, such as
            padding or Hugging Face's -100, mean no target.
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
    """Mean crossentropy of the tokens that have a target.

    `sum_t w_t (logsumexp(z_t) - z_t[y_t]) / sum_t w_t` over the tokens with
    `y_t > 0`; `w_t` is 1 or the `sample_weight`. The mean is over all tokens
    of the batch, so a long text counts for more than a short one. Under
    `tf.distribute` it is the mean of each replica's tokens, as for every
    Keras loss.

    Inputs:
        y_true: integers (batch, length), token ids; values below 1 mean no
            target.
        y_pred: float tensor (batch, length, vocabulary), the logits.
        sample_weight: None or a tensor (batch,) or (batch, length).

    When to use:
        Masked language modelling, where only masked tokens have a target;
        causal language modelling with targets shifted by one. In a model with
        several outputs: `compile(loss={"token_logits": TokenCrossentropy()})`
        and targets `{"token_logits": ...}`.

    Related:
        `SequenceToSequenceCrossentropy` makes the targets of UniLM itself.
        `layers.LanguageModelLoss` needs less memory with large vocabularies.

    Args:
        reduction: as for every Keras loss; "sum" adds up the tokens. Defaults
            to "mean_with_sample_weight".
        name: string. Defaults to "token_crossentropy".

    Returns:
        float32 scalar, 0 if no token has a target.

    Example:

    >>> import numpy as np
    >>> logits = np.log([[[0.1, 0.8, 0.1], [0.1, 0.8, 0.1]]])
    >>> loss = TokenCrossentropy()
    >>> print(f"{float(loss(np.array([[1, 0]]), logits)):.3f}")  # -log(0.8)
    0.223

    Reference:
        [Devlin et al., 2018](https://arxiv.org/abs/1810.04805)
    """

    def __init__(
        self, reduction="mean_with_sample_weight", name="token_crossentropy"
    ):
        super().__init__(name=name, reduction=reduction, dtype="float32")

    def __call__(self, y_true, y_pred, sample_weight=None):
        # Here and not in `call`, where Keras has cast the ids to float32.
        targets = ops.cast(y_true, "int32")
        weights = ops.cast(targets > 0, "float32")
        if sample_weight is not None:
            weights = weights * expand_rank(sample_weight, weights)
        return super().__call__(
            targets, token_crossentropy(targets, y_pred), weights
        )

    def call(self, y_true, y_pred):
        return y_pred  # already the losses of the tokens; Keras averages them


def expand_rank(sample_weight, weights):
    """Appends axes of size 1 to `sample_weight` until the ranks agree."""
    sample_weight = ops.cast(sample_weight, weights.dtype)
    missing = len(weights.shape) - len(sample_weight.shape)
    shape = (*ops.shape(sample_weight), *[1] * missing)
    return ops.reshape(sample_weight, shape)
