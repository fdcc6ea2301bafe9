"""Perplexity of codes: how many of a codebook are in use."""

import keras
from keras import ops

from keras_addons.arguments import check_integer


@keras.saving.register_keras_serializable(package="keras_addons")
class CodePerplexity(keras.metrics.Metric):
    """How many codes of a codebook are in use, by their frequencies.

    `exp(-sum_k p_k log p_k)` with the share `p_k` of code `k` among all codes
    since the last `reset_state`: 1 if all vectors have the same code,
    `num_codes` if all codes are equally frequent, 0 before the first. Under
    `tf.distribute` the counts of the replicas are added.

    In `compile` it belongs to the output `codes` of
    `layers.VectorQuantizer` or `layers.FiniteScalarQuantizer`, for which
    Keras wants a target, of any values: it is ignored.

    Args:
        num_codes: positive int.
        name: string. Defaults to "code_perplexity".
        dtype: of the result. Defaults to `keras.config.floatx()`.

    Call arguments:
        y_true: anything.
        y_pred: integer tensor (...) of codes; those below 0 do not count.
        sample_weight: must be None.

    Raises:
        ValueError: `num_codes` is not positive, or there are sample weights.

    Example:

    >>> import numpy as np
    >>> from keras_addons.metrics import CodePerplexity
    >>> metric = CodePerplexity(num_codes=8)
    >>> metric.update_state(None, np.array([[0, 3, 3, 0, -1]]))
    >>> round(float(metric.result()), 4)
    2.0

    Reference:
        [van den Oord et al., 2017](https://arxiv.org/abs/1711.00937),
        https://kexue.fm/archives/6760
    """

    def __init__(self, num_codes, name="code_perplexity", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.num_codes = check_integer("num_codes", num_codes, 1)
        # float32 would stop counting at 2^24.
        self._counts = self.add_variable(
            (self.num_codes,), "zeros", dtype="int", name="counts"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            raise ValueError(
                "CodePerplexity takes no `sample_weight`: pass the metric to "
                "`compile` in `metrics`, not in `weighted_metrics`."
            )
        codes = ops.reshape(ops.cast(y_pred, "int32"), (-1,))
        is_code = ops.cast(codes >= 0, "int32")
        counts = ops.segment_sum(
            is_code, ops.maximum(codes, 0), num_segments=self.num_codes
        )
        self._counts.assign_add(ops.cast(counts, self._counts.dtype))

    def result(self):
        counts = ops.cast(self._counts, "float32")
        total = ops.sum(counts)
        shares = counts / ops.maximum(total, 1.0)
        # The logarithm of what has no share is multiplied by 0.
        logarithms = ops.log(ops.where(counts > 0, shares, 1.0))
        perplexity = ops.exp(-ops.sum(shares * logarithms))
        return ops.cast(ops.where(total > 0, perplexity, 0.0), self.dtype)

    def get_config(self):
        return {**super().get_config(), "num_codes": self.num_codes}
