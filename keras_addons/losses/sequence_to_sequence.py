"""UniLM loss: crossentropy of the tokens of the second segment."""

import keras
import numpy as np
from keras import ops

from keras_addons.losses.token_crossentropy import TokenCrossentropy
from keras_addons.losses.token_crossentropy import token_crossentropy


def sequence_to_sequence_targets(token_ids, segment_ids):
    """Makes UniLM's targets: the next token, where it is in segment 1.

    `target_t = token_{t+1}` where `segment_{t+1} = 1`, else 0. The [SEP] of
    the first segment predicts the first token of the second segment, whose
    last token predicts the final [SEP].

    Args:
        token_ids: integers (batch, length), `[CLS] a [SEP] b [SEP]`, then
            padding with the id 0.
        segment_ids: integers (batch, length), 1 at `b [SEP]`.

    Returns:
        Integers (batch, length), a numpy array if `token_ids` is one; 0 means
        no target.

    Example:

    >>> token_ids = np.array([[101, 7, 8, 102, 9, 102, 0]])
    >>> segment_ids = np.array([[0, 0, 0, 0, 1, 1, 0]])
    >>> sequence_to_sequence_targets(token_ids, segment_ids)
    array([[  0,   0,   0,   9, 102,   0,   0]])

    Reference:
        [Dong et al., 2019](https://arxiv.org/abs/1905.03197),
        https://kexue.fm/archives/6933
    """
    library = np if isinstance(token_ids, np.ndarray) else ops
    is_target = library.equal(segment_ids, 1)
    targets = library.where(is_target, token_ids, 0)
    return library.pad(targets[:, 1:], [[0, 0], [0, 1]])


def sequence_to_sequence_crossentropy(y_true, y_pred):
    """UniLM crossentropy of each token; 0 where the next is not in segment 1.

    `token_crossentropy` of `sequence_to_sequence_targets`.

    Args:
        y_true: integers (batch, length, 2), the token ids and segment ids.
        y_pred: float tensor (batch, length, vocabulary), the logits.

    Returns:
        float32 tensor (batch, length).

    Example:

    >>> token_ids = np.array([[101, 7, 8, 102, 9, 102, 0]])
    >>> segment_ids = np.array([[0, 0, 0, 0, 1, 1, 0]])
    >>> y_true = np.stack([token_ids, segment_ids], axis=-1)
    >>> logits = ops.zeros((1, 7, 200))
    >>> losses = sequence_to_sequence_crossentropy(y_true, logits)
    >>> ops.convert_to_numpy(losses).round(1)  # log(200) = 5.3
    array([[0. , 0. , 0. , 5.3, 5.3, 0. , 0. ]], dtype=float32)

    Reference:
        [Dong et al., 2019](https://arxiv.org/abs/1905.03197)
    """
    return token_crossentropy(make_targets(y_true), y_pred)


def make_targets(y_true):
    """Makes the targets of `y_true`, (batch, length, 2)."""
    if y_true.shape[-1] not in (2, None):
        raise ValueError(
            "`y_true` must hold token ids and segment ids, of shape (batch, "
            f"length, 2). Received shape: {tuple(y_true.shape)}"
        )
    return sequence_to_sequence_targets(y_true[..., 0], y_true[..., 1])


@keras.saving.register_keras_serializable(package="keras_addons")
class SequenceToSequenceCrossentropy(keras.losses.Loss):
    """UniLM loss: mean crossentropy of the tokens of segment 1.

    The mean of `-log p(token_{t+1} | tokens up to t)` over the tokens of
    segment 1. Equal to `TokenCrossentropy` of `sequence_to_sequence_targets`.

    Inputs:
        y_true: integers (batch, length, 2), the token ids and segment ids.
        y_pred: float tensor (batch, length, vocabulary), the logits.
        sample_weight: None or a tensor (batch,) or (batch, length).

    When to use:
        Generation with one transformer (UniLM, SimBERT): `[CLS] source [SEP]
        target [SEP]` in a model with `attention="unilm"`. In a model with
        several outputs: `compile(loss={"token_logits":
        SequenceToSequenceCrossentropy()})` and targets `{"token_logits":
        y_true}`.

    Related:
        `TokenCrossentropy` with `sequence_to_sequence_targets` where the
        inputs are corrupted, so that they are not the targets.
        `layers.LanguageModelLoss` needs less memory with large vocabularies.

    Args:
        reduction: as for every Keras loss; "sum" adds up the tokens. Defaults
            to "mean_with_sample_weight".
        name: string. Defaults to "sequence_to_sequence_crossentropy".

    Returns:
        float32 scalar.

    Example:

    >>> token_ids = np.array([[101, 7, 8, 102, 9, 102, 0]])
    >>> segment_ids = np.array([[0, 0, 0, 0, 1, 1, 0]])
    >>> y_true = np.stack([token_ids, segment_ids], axis=-1)
    >>> loss = SequenceToSequenceCrossentropy()
    >>> print(f"{float(loss(y_true, np.zeros((1, 7, 200)))):.3f}")  # log(200)
    5.298

    Reference:
        [Dong et al., 2019](https://arxiv.org/abs/1905.03197),
        https://kexue.fm/archives/6933
    """

    def __init__(
        self,
        reduction="mean_with_sample_weight",
        name="sequence_to_sequence_crossentropy",
    ):
        super().__init__(name=name, reduction=reduction, dtype="float32")
        self._of_tokens = TokenCrossentropy(reduction)

    def __call__(self, y_true, y_pred, sample_weight=None):
        return self._of_tokens(make_targets(y_true), y_pred, sample_weight)

    def call(self, y_true, y_pred):
        return sequence_to_sequence_crossentropy(y_true, y_pred)
