"""Spearman's rank correlation, as a function and as a streaming metric."""

import keras
import numpy as np
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.metrics.ranks import ranks
from keras_addons.metrics.ranks import ranks_of_first


def spearman(predictions, labels):
    """Computes Spearman's rank correlation of two arrays.

    `sum (r_i - mean(r)) (s_i - mean(s)) / sqrt(sum (r_i - mean(r))^2 *
    sum (s_i - mean(s))^2)`, where `r` and `s` are the ranks of the
    predictions and the labels and equal values share their mean rank. Only
    the order counts, so no threshold and no scale needs to be chosen.

    Args:
        predictions: array (n,), such as cosines.
        labels: array (n,), such as 0 and 1 or scores from 0 to 5.

    Returns:
        Float in [-1, 1]; NaN where all predictions, or all labels, are equal,
        and where a prediction or a label is not finite.

    Raises:
        ValueError: the two differ in shape, or have more than one axis.

    Example:

    >>> from keras_addons.metrics import spearman
    >>> spearman([0.1, 0.9, 0.5], [0, 5, 3])
    1.0

    Reference:
        https://kexue.fm/archives/8454
    """
    predictions, labels = np.asarray(predictions), np.asarray(labels)
    if predictions.ndim != 1 or predictions.shape != labels.shape:
        raise ValueError(
            "`predictions` and `labels` must have one axis of equal length. "
            f"Received: {predictions.shape} and {labels.shape}"
        )
    if not (np.isfinite(predictions).all() and np.isfinite(labels).all()):
        return float("nan")  # sorting would rank a NaN above all numbers
    first, second = ranks(predictions), ranks(labels)
    first, second = first - first.mean(), second - second.mean()
    scale = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / scale) if scale else float("nan")


@keras.saving.register_keras_serializable(package="keras_addons")
class Spearman(keras.metrics.Metric):
    """Spearman's rank correlation over all batches of an epoch.

    Equals `spearman` of all predictions and labels seen since the last
    `reset_state`, not a mean over batches. For models with one output per
    example, such as a regression of similarity scores from 0 to 5.

    A metric of Keras has variables of a fixed shape, since steps are
    compiled: `max_rows` values of each kind are kept, `8 * max_rows` bytes.
    The metric is NaN, not an approximation, after more rows than that. Keras
    computes the value after every batch, which sorts all `max_rows` values:
    about 1 ms a batch for each 1,000 rows on one CPU core. For sentence
    vectors see `callbacks.SpearmanEvaluator`, which runs once an epoch.

    Under `tf.distribute.MirroredStrategy` every replica keeps the rows of all
    replicas.

    Args:
        max_rows: positive int, at least the number of examples of an epoch,
            also of the training data: Keras computes metrics there too.
        name: string. Defaults to "spearman".
        dtype: dtype that the values are kept in. Defaults to
            `keras.config.floatx()`.

    Call arguments:
        y_true: tensor (batch,) or (batch, 1) of labels.
        y_pred: tensor (batch,) or (batch, 1) of predictions.
        sample_weight: must be None.

    Raises:
        ValueError: `max_rows` is not positive, a tensor has another shape, or
            there are sample weights.

    Example:

    >>> from keras_addons.metrics import Spearman
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse", metrics=[Spearman(max_rows=1000)])
    >>> x, y = np.random.rand(8, 4), np.arange(8.0)
    >>> scores = model.evaluate(x, y, batch_size=3, verbose=0, return_dict=True)
    >>> -1 <= scores["spearman"] <= 1
    True

    Reference:
        https://kexue.fm/archives/8454
    """

    def __init__(self, max_rows, name="spearman", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.max_rows = check_integer("max_rows", max_rows, minimum=1)
        self._predictions = self._create_state("predictions", (self.max_rows,))
        self._labels = self._create_state("labels", (self.max_rows,))
        self._num_rows = self._create_state("num_rows", (), "int32")

    def _create_state(self, name, shape, dtype=None):
        # The rows of all replicas are gathered, so replicas have equal state.
        return self.add_variable(
            shape=shape,
            initializer="zeros",
            dtype=dtype or self.dtype,
            aggregation="only_first_replica",
            name=name,
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            raise ValueError(
                "Spearman takes no `sample_weight`: pass the metric to "
                "`compile` in `metrics`, not in `weighted_metrics`."
            )
        labels = self._gathered("y_true", y_true)
        predictions = self._gathered("y_pred", y_pred)
        count = ops.shape(predictions)[0]
        places = self._num_rows + ops.arange(count, dtype="int32")
        # Rows beyond `max_rows` make the result NaN. While Keras on torch
        # builds a model, `num_rows` may have any value, also a negative one.
        places = ops.clip(places, 0, self.max_rows - 1)[:, None]
        for state, values in (
            (self._labels, labels),
            (self._predictions, predictions),
        ):
            state.assign(ops.scatter_update(state.value, places, values))
        self._num_rows.assign_add(count)

    def _gathered(self, name, values):
        """Returns the values of all replicas as a tensor of one axis."""
        values = ops.convert_to_tensor(values)
        if len(values.shape) > 2 or values.shape[1:] not in ((), (1,)):
            raise ValueError(
                f"`{name}` must have the shape (batch,) or (batch, 1). "
                f"Received: {tuple(values.shape)}"
            )
        values = ops.reshape(ops.cast(values, self.dtype), (-1,))
        return backend.all_gather(values)

    def result(self):
        count = ops.cast(self._num_rows, "float32")
        is_row = ops.arange(self.max_rows) < self._num_rows
        is_exact = self._num_rows <= self.max_rows
        differences = []
        for state in (self._predictions, self._labels):
            values = ops.cast(state.value, "float32")
            is_exact = ops.logical_and(is_exact, ops.all(ops.isfinite(values)))
            ranks = ranks_of_first(values, self._num_rows)
            # The mean of the ranks 1 to n is (n + 1) / 2.
            differences.append(ops.where(is_row, ranks - (count + 1) / 2, 0.0))
        first, second = differences
        scale = ops.sqrt(ops.sum(first**2)) * ops.sqrt(ops.sum(second**2))
        is_exact = ops.logical_and(is_exact, scale > 0)
        return ops.where(
            is_exact,
            ops.sum(first * second) / ops.where(is_exact, scale, 1.0),
            float("nan"),
        )

    def get_config(self):
        return {**super().get_config(), "max_rows": self.max_rows}
