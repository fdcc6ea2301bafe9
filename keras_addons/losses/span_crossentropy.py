"""Softmax cross-entropy over all spans of a text, one of which is right."""

import keras
from keras import ops


def span_crossentropy(y_true, y_pred):
    """`logsumexp(s) - s[start, end]` over the logits `s` of all spans.

    Computed in float32. Holds a float32 tensor of the size of the logits.

    Args:
        y_true: integer tensor (batch, 2), first and last token of the span.
        y_pred: float tensor (batch, 1, length, length), the logit of each
            span, such as `layers.GlobalPointer(1)` returns.

    Returns:
        float32 tensor (batch,).

    Example:

    >>> logits = ops.zeros((1, 1, 3, 3))  # nine spans, all alike
    >>> print(f"{float(span_crossentropy(ops.array([[0, 2]]), logits)[0]):.4f}")
    2.1972

    Reference:
        https://kexue.fm/archives/8739
    """
    length = ops.shape(y_pred)[-1]
    spans = ops.cast(y_true, "int32")
    places = spans[:, 0] * length + spans[:, 1]
    logits = ops.reshape(
        ops.cast(y_pred, "float32"), (ops.shape(y_pred)[0], -1)
    )
    right = ops.take_along_axis(logits, places[:, None], axis=1)[:, 0]
    return ops.logsumexp(logits, axis=1) - right


@keras.saving.register_keras_serializable(package="keras_addons")
class SpanCrossentropy(keras.losses.Loss):
    """Softmax cross-entropy over all spans of a text.

    `-log p(start, end)`, where the softmax is over all pairs of first and
    last token, so that both are chosen together; two softmaxes, one over the
    starts and one over the ends, may pair a start with another answer's end.

    Inputs:

    - `y_true`: integers (batch, 2), first and last token of the right span;
      where a text has none, a span that stands for that, such as (0, 0).
    - `y_pred`: (batch, 1, length, length), the logits of a
      `layers.GlobalPointer` of one head.
    - `sample_weight`: None or (batch,).

    When to use: extractive reading comprehension, one answer a text.

    Related: `SparseMultiLabelCrossentropy` for any number of spans.

    Args:
        **kwargs: `reduction` and `name`, as of every Keras loss.

    Raises:
        ValueError: a shape is another one.

    Example:

    >>> import numpy as np
    >>> from keras_addons.losses import SpanCrossentropy
    >>> logits = np.full((1, 1, 4, 4), -9.0)
    >>> logits[0, 0, 1, 2] = 9.0
    >>> print(f"{float(SpanCrossentropy()(np.array([[1, 2]]), logits)):.6f}")
    0.000000

    Reference:
        https://kexue.fm/archives/8739
    """

    def __init__(self, **kwargs):
        super().__init__(dtype="float32", **kwargs)

    def call(self, y_true, y_pred):
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
        return span_crossentropy(y_true, y_pred)
