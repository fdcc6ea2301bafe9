"""Keys as mixtures of codes: the features of soft vector quantization."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.codes import soft_codes


@keras.saving.register_keras_serializable(package="keras_addons")
class SoftCodes(keras.layers.Layer):
    """Softly quantizes keys, for `LinearAttention`.

    Queries have the features `exp(q . c_y)`, keys `p(y | k) = softmax_y(-|k -
    c_y|^2 / 2)` (up to factors that cancel out, and both divided by `head_dim
    ** 0.25` before). So `sum_j exp(q . k_j) v_j` becomes `sum_y exp(q . c_y)
    sum_j p(y | k_j) v_j`. With codes that are random and of equal norms this
    is `RandomFeatures` with each key weighted by the inverse of its `sum_y
    exp(-|k - c_y|^2 / 2)`; with keys so long that one code has all of `p` it
    is `VectorQuantizedAttention`. The codes are trained by gradients.

    Args:
        num_codes: positive int, the number of codes of each head.
        initializer: initializer of the codes; None for normal numbers of
            standard deviation 1. Defaults to None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        queries, keys: float tensors (batch, heads, length, head_dim).

    Returns:
        Two float32 tensors (batch, heads, length, num_codes).

    Raises:
        ValueError: `num_codes` is no positive integer.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import SoftCodes
    >>> heads = np.random.default_rng(0).normal(size=(2, 4, 10, 16))
    >>> _, shares = SoftCodes(32)(heads, heads)
    >>> bool(np.allclose(ops.convert_to_numpy(ops.sum(shares, -1)), 1))
    True

    Reference:
        https://kexue.fm/archives/9862
    """

    def __init__(self, num_codes, initializer=None, **kwargs):
        super().__init__(**kwargs)
        self.num_codes = check_integer("num_codes", num_codes, 1)
        if initializer is None:
            initializer = keras.initializers.RandomNormal(stddev=1.0)
        self.initializer = keras.initializers.get(initializer)

    def build(self, queries_shape, keys_shape):
        _, num_heads, _, size = queries_shape
        self.codes = self.add_weight(
            name="codes",
            shape=(num_heads, self.num_codes, size),
            initializer=self.initializer,
            autocast=False,
        )

    def call(self, queries, keys):
        scale = queries.shape[-1] ** -0.25
        queries, keys = (
            scale * ops.cast(each, "float32") for each in (queries, keys)
        )
        codes = ops.cast(self.codes, "float32")
        scores = ops.einsum("bhnd,hcd->bhnc", queries, codes)
        largest = ops.max(scores, axis=-1, keepdims=True)
        of_queries = ops.exp(scores - ops.stop_gradient(largest))
        return of_queries, soft_codes(keys, codes)

    def compute_output_shape(self, queries_shape, keys_shape):
        return tuple(
            (*shape[:-1], self.num_codes)
            for shape in (queries_shape, keys_shape)
        )

    def compute_output_spec(self, queries, keys):
        shapes = self.compute_output_shape(queries.shape, keys.shape)
        return tuple(keras.KerasTensor(s, dtype="float32") for s in shapes)

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            "num_codes": self.num_codes,
            "initializer": serialize(self.initializer),
        }
