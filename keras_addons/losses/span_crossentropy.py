"""Softmax cross-entropy over all spans of a text, one of which is right."""

import keras
from keras import ops


def span_crossentropy(y_true, y_pred):
    """Softmax cross-entropy over all spans of a text.

    `logsumexp(s) - s[start, end]`, over the logits `s` of all pairs of a
    first and a last token. Computed in float32; holds a few float32 tensors of
    the size of the logits.

    Args:
        y_true: integer tensor (batch, 2), first and last token of the right
            span.
        y_pred: float tensor (batch, 1, length, length), the logit of each
            span, such as `layers.GlobalPointer(1)` returns.

    Returns:
        float32 tensor (batch,).

    Raises:
        ValueError: a tensor has another shape.

    Example:

    >>> logits = ops.zeros((1, 1, 3, 3))  # nine spans, all alike
    >>> loss = span_crossentropy(ops.array([[0, 2]]), logits)
    >>> print(f"{float(loss[0]):.4f}")  # log 9
    2.1972

    Reference:
        https://kexue.fm/archives/8739
    """
    if len(y_pred.shape) != 4 or y_pred.shape[1] != 1:
        raise ValueError(
            "`y_pred` must be (batch, 1, length, length). "
            f"Received shape: {tuple(y_pred.shape)}"
        )
    if len(y_true.shape) != 2 or y_true.shape[1] != 2:
        raise ValueError(
            "`y_true` must be (batch, 2). "
            f"Received shape: {tuple(y_true.shape)}"
        )
    shape = ops.shape(y_pred)
    logits = ops.reshape(ops.cast(y_pred, "float32"), (shape[0], -1))
    spans = ops.cast(y_true, "int32")
    places = spans[:, :1] * shape[-1] + spans[:, 1:]  # (batch, 1)
    right = ops.take_along_axis(logits, places, axis=1)[:, 0]
    return ops.logsumexp(logits, axis=1) - right


@keras.saving.register_keras_serializable(package="keras_addons")
class SpanCrossentropy(keras.losses.Loss):
    """Softmax cross-entropy over all spans of a text.

    `-log p(start, end)`, where one softmax goes over all pairs of a first and
    a last token. Two softmaxes, one over the starts and one over the ends,
    may pair the start of one answer with the end of another.

    Memory: a few float32 tensors of the size of the logits.

    Inputs:
        y_true: integers (batch, 2), first and last token of the right span;
            where a text has none, a span that stands for that, such as the
            (0, 0) of [CLS].
        y_pred: float tensor (batch, 1, length, length), the logits of a
            `layers.GlobalPointer` of one head.
        sample_weight: None or (batch,).

    When to use:
        Extractive reading comprehension: exactly one span of a text is right.

    Related:
        `SparseMultiLabelCrossentropy` takes any number of spans of several
        types.

    Args:
        **kwargs: `reduction` and `name`, as for every Keras loss.

    Raises:
        ValueError: a tensor has another shape.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SpanCrossentropy
    >>> logits = np.zeros((1, 1, 4, 4))
    >>> logits[0, 0, 1, 2] = np.log(15)  # as much as the 15 others
    >>> print(f"{float(SpanCrossentropy()(np.array([[1, 2]]), logits)):.4f}")
    0.6931

    Reference:
        https://kexue.fm/archives/8739
    """

    def __init__(self, **kwargs):
        super().__init__(dtype="float32", **kwargs)

    def call(self, y_true, y_pred):
        return span_crossentropy(y_true, y_pred)
