"""F1 of spans: of sets of them, and of logits while a model trains."""

from collections import Counter

import keras
from keras import ops

from keras_addons.ops.multi_hot import multi_hot


def span_f1(predicted, actual):
    """Precision, recall and F1 of the spans of all texts, and of each type.

    With `tp` spans that are in both, `precision = tp / predicted`, `recall =
    tp / actual`, `f1 = 2 tp / (predicted + actual)`: counted over all texts
    (micro), and for each type alone. A ratio of 0 to 0 is 0.

    Args:
        predicted: one collection of spans for each text. A span is a tuple or
            a list whose first item is its type, such as `("name", 3, 5)`; it
            is right if an equal one is in `actual`, and counts once.
        actual: the same of the labels, as many texts.

    Returns:
        Dict of the floats "precision", "recall", "f1" of all spans;
        "macro_f1", the mean of the F1 of the types; and "per_type", a dict
        {type: {"precision", "recall", "f1"}} of all types that are predicted
        or actual.

    Raises:
        ValueError: the two have different numbers of texts.

    Example:

    >>> from keras_addons.metrics import span_f1
    >>> predicted = [{("name", 0, 2), ("city", 5, 6)}, {("name", 1, 2)}]
    >>> actual = [{("name", 0, 2), ("city", 5, 7)}, set()]
    >>> scores = span_f1(predicted, actual)  # tp = 1 of 3, and of 2
    >>> scores["f1"], scores["per_type"]["name"]["recall"]
    (0.4, 1.0)

    The score of CLUENER's own script is `macro_f1` of pairs (type, text of
    the entity) instead of places.

    Reference:
        [Xu et al., 2020](https://arxiv.org/abs/2001.04351)
    """
    if len(predicted) != len(actual):
        raise ValueError(
            "`predicted` and `actual` must have as many texts. "
            f"Received: {len(predicted)} and {len(actual)}"
        )
    right, called, labelled = Counter(), Counter(), Counter()
    for spans, labels in zip(predicted, actual):
        spans, labels = set(map(tuple, spans)), set(map(tuple, labels))
        right.update(span[0] for span in spans & labels)
        called.update(span[0] for span in spans)
        labelled.update(span[0] for span in labels)
    per_type = {
        kind: scores(right[kind], called[kind], labelled[kind])
        for kind in sorted(called | labelled)
    }
    f1 = [each["f1"] for each in per_type.values()]
    return {
        **scores(right.total(), called.total(), labelled.total()),
        "macro_f1": sum(f1) / max(1, len(f1)),
        "per_type": per_type,
    }


def scores(right, called, labelled):
    return {
        "precision": right / max(1, called),
        "recall": right / max(1, labelled),
        "f1": 2 * right / max(1, called + labelled),
    }


@keras.saving.register_keras_serializable(package="keras_addons")
class SpanF1(keras.metrics.Metric):
    """Micro F1 of the spans whose logit is above 0, exact over an epoch.

    `2 tp / (predicted + actual)`, where the three are the numbers of right,
    predicted and labelled spans of all texts and heads since the last
    `reset_state`; they are kept as integers. It is not the mean over batches,
    and 0 where there are no spans at all. For `layers.GlobalPointer` and
    every other set of labels that is predicted by a logit above 0.

    Makes a boolean tensor of the size of the logits, with sparse targets also
    a float32 one. Under `tf.distribute` the counts of the replicas are added.
    A span that was cut off a text is not in dense targets: for the score of a
    task count the answers with `metrics.span_f1`.

    Args:
        sparse_targets: bool, whether `y_true` are the places of spans, as of
            `losses.SparseMultiLabelCrossentropy`. Defaults to False.
        name: string. Defaults to "span_f1".
        dtype: of the result. Defaults to `keras.config.floatx()`.

    Call arguments:
        y_true: of the shape of `y_pred`, 1 for spans and 0 else; sparse:
            integers (batch, heads, num_spans, 2), the `[start, end]` of each
            span, padded with -1.
        y_pred: float tensor (batch, heads, length, length) of logits.
        sample_weight: must be None.

    Raises:
        ValueError: `y_true` has another rank than `y_pred`, or there are
            sample weights.

    Example:

    >>> import numpy as np
    >>> from keras_addons.metrics import SpanF1
    >>> metric = SpanF1(sparse_targets=True)
    >>> logits = np.full((1, 1, 4, 4), -5.0)
    >>> logits[0, 0, [0, 1], [2, 1]] = 5.0  # tokens 0 to 2 and token 1
    >>> metric.update_state(np.array([[[[0, 2], [-1, -1]]]]), logits)
    >>> print(f"{float(metric.result()):.3f}")  # 2 * 1 / (2 + 1)
    0.667

    Reference:
        https://kexue.fm/archives/8373
    """

    def __init__(self, sparse_targets=False, name="span_f1", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.sparse_targets = sparse_targets
        self._right, self._predicted, self._labelled = (
            # float32 would stop counting at 2^24.
            self.add_variable((), "zeros", dtype="int", name=count)
            for count in ("right", "called", "labelled")
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            raise ValueError(
                "SpanF1 takes no `sample_weight`: pass the metric to "
                "`compile` in `metrics`, not in `weighted_metrics`."
            )
        if len(y_true.shape) != len(y_pred.shape):
            raise ValueError(
                f"`y_true` must have the rank of `y_pred`, {y_pred.shape}. "
                f"Received shape: {tuple(y_true.shape)}"
            )
        if self.sparse_targets:
            is_labelled = multi_hot(y_true, tuple(ops.shape(y_pred)[-2:]))
        else:
            is_labelled = ops.cast(y_true, "bool")
        is_called = y_pred > 0
        is_right = ops.logical_and(is_labelled, is_called)
        for count, values in (
            (self._right, is_right),
            (self._predicted, is_called),
            (self._labelled, is_labelled),
        ):
            total = ops.sum(ops.cast(values, "int32"))
            count.assign_add(ops.cast(total, count.dtype))

    def result(self):
        called_and_labelled = ops.maximum(self._predicted + self._labelled, 1)
        right = ops.cast(2 * self._right, "float32")
        f1 = right / ops.cast(called_and_labelled, "float32")
        return ops.cast(f1, self.dtype)

    def get_config(self):
        return {**super().get_config(), "sparse_targets": self.sparse_targets}
