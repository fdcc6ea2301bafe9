"""Accuracy of the tags that are known."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_addons")
class TagAccuracy(keras.metrics.Metric):
    """The share of tokens with a known tag whose tag is predicted.

    `sum of [y_true >= 0 and y_true == y_pred] / sum of [y_true >= 0]` over
    all tokens since the last `reset_state`; both are kept as integers. 0
    where there are none. Under `tf.distribute` the counts of the replicas
    are added.

    Args:
        name: string. Defaults to "tag_accuracy".
        dtype: of the result. Defaults to `keras.config.floatx()`.

    Call arguments:
        y_true: integer tensor (batch, length); below 0, such as -100, stands
            for padding or a tag that is not known.
        y_pred: integer tensor (batch, length), the predicted tags, as of
            `layers.ConditionalRandomField`.
        sample_weight: must be None.

    Raises:
        ValueError: there are sample weights, or the ranks differ.

    Example:

    >>> import numpy as np
    >>> from keras_addons.metrics import TagAccuracy
    >>> metric = TagAccuracy()
    >>> metric.update_state(np.array([[1, 0, -100]]), np.array([[1, 2, 2]]))
    >>> float(metric.result())
    0.5

    Reference:
        https://huggingface.co/docs/transformers/tasks/token_classification
    """

    def __init__(self, name="tag_accuracy", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self._right, self._known = (
            # float32 would stop counting at 2^24.
            self.add_variable((), "zeros", dtype="int", name=count)
            for count in ("right", "known")
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            raise ValueError(
                "TagAccuracy takes no `sample_weight`: pass the metric to "
                "`compile` in `metrics`, not in `weighted_metrics`."
            )
        if len(y_true.shape) != len(y_pred.shape):
            raise ValueError(
                f"`y_true` must have the rank of `y_pred`, {y_pred.shape}. "
                f"Received shape: {tuple(y_true.shape)}"
            )
        y_true, y_pred = ops.cast(y_true, "int32"), ops.cast(y_pred, "int32")
        is_known = y_true >= 0
        is_right = ops.logical_and(is_known, y_true == y_pred)
        for count, values in ((self._right, is_right), (self._known, is_known)):
            total = ops.sum(ops.cast(values, "int32"))
            count.assign_add(ops.cast(total, count.dtype))

    def result(self):
        right = ops.cast(self._right, "float32")
        known = ops.cast(ops.maximum(self._known, 1), "float32")
        return ops.cast(right / known, self.dtype)
