"""The loss of UniLM: one encoder that writes its second segment."""

import keras
import numpy as np
from keras import ops

from keras_addons.losses.token_crossentropy import TokenCrossentropy
from keras_addons.losses.token_crossentropy import token_crossentropy


def sequence_to_sequence_targets(token_ids, segment_ids):
    """What each token has to predict: the next one, if it is of segment 1.

    `target_t = token_{t+1}` where `segment_{t+1} = 1`, else 0. So the [SEP]
    that ends the first segment predicts the first token of the second, and
    the last token but one predicts the last [SEP].

    Args:
        token_ids: integers (batch, length), `[CLS] a [SEP] b [SEP]`, then
            padding with the id 0.
        segment_ids: integers (batch, length), 1 at `b [SEP]`.

    Returns:
        Integers (batch, length), an array of numpy if `token_ids` is one;
        0 stands for no target.

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
    is_written = library.equal(segment_ids, 1)
    written = library.where(is_written, token_ids, 0)
    return library.pad(written[:, 1:], [[0, 0], [0, 1]])


@keras.saving.register_keras_serializable(package="keras_addons")
class SequenceToSequenceCrossentropy(keras.losses.Loss):
    """The mean cross-entropy of the tokens of segment 1, each from its past.

    `mean of -log p(token_{t+1} | tokens up to t)` over the tokens of segment
    1, for a model whose attention is "unilm". Equal to `TokenCrossentropy`
    of `sequence_to_sequence_targets`; use the two where the inputs are
    corrupted and so are not the targets.

    Args:
        reduction: as of every Keras loss; "sum" makes batches add up.
        name: string.

    Call arguments:
        y_true: integers (batch, length, 2), the token ids and the segment
            ids.
        y_pred: float tensor (batch, length, vocabulary), the logits.
        sample_weight: None or a tensor (batch,) or (batch, length).

    Returns:
        float32 scalar.

    Example:

    >>> token_ids = np.array([[101, 7, 8, 102, 9, 102, 0]])
    >>> segment_ids = np.array([[0, 0, 0, 0, 1, 1, 0]])
    >>> y_true = np.stack([token_ids, segment_ids], axis=-1)
    >>> loss = SequenceToSequenceCrossentropy()
    >>> print(f"{float(loss(y_true, np.zeros((1, 7, 200)))):.3f}")  # log(200)
    5.298

    In a model with several outputs, `compile` takes `loss={"token_logits":
    SequenceToSequenceCrossentropy()}` and `fit` the targets
    `{"token_logits": y_true}`.

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
        targets = sequence_to_sequence_targets(y_true[..., 0], y_true[..., 1])
        return self._of_tokens(targets, y_pred, sample_weight)

    def call(self, y_true, y_pred):
        targets = sequence_to_sequence_targets(y_true[..., 0], y_true[..., 1])
        return token_crossentropy(targets, y_pred)
