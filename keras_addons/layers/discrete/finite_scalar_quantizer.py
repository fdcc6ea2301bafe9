"""Finite scalar quantization: a codebook without a codebook."""

import math

import keras
from keras import ops

from keras_addons.ops.finite_scalar import check_levels
from keras_addons.ops.finite_scalar import finite_scalar_quantize
from keras_addons.ops.finite_scalar import fsq_codes_to_index
from keras_addons.ops.finite_scalar import fsq_index_to_codes


@keras.saving.register_keras_serializable(package="keras_addons")
class FiniteScalarQuantizer(keras.layers.Layer):
    """Rounds each of a few features to a few integers (FSQ).

    `y_i = round((L_i - 1) sigmoid(z_i))` with the gradient without `round`
    (straight-through); the tuple of integers is one of `prod L_i` codes. Has
    no weights, no further loss and no codes that are never trained; for about
    1000 codes and more it is as good as `VectorQuantizer` or better,
    according to the post. Usual are 3 to 6 features of at least 5 levels, so
    a dense layer to `len(levels)` features stands before it, and one behind
    it. Computed in float32.

    Args:
        levels: sequence of ints, at least 2 each, the number of levels of
            every feature, such as `(8, 5, 5, 5)` for 1000 codes.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: float tensor (..., len(levels)). Its Keras mask (...) is
            passed on.

    Returns:
        dict of `vectors`, a tensor like `features` with the integers, and
        `codes`, int32 (...), the number of the code in `0 .. prod L - 1`, as
        of `ops.fsq_codes_to_index`; -1 where the input is masked.

    Raises:
        ValueError: `levels` is no sequence of integers of at least 2, their
            product is 2^31 or more, or `features` has another size.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import FiniteScalarQuantizer
    >>> outputs = FiniteScalarQuantizer((5, 3))(np.array([[9.0, 0.0]]))
    >>> keras.ops.convert_to_numpy(outputs["vectors"])
    array([[4., 1.]], dtype=float32)
    >>> keras.ops.convert_to_numpy(outputs["codes"])  # 4 + 5 * 1
    array([9], dtype=int32)

    Reference:
        [Mentzer et al., 2023](https://arxiv.org/abs/2309.15505),
        https://kexue.fm/archives/9826
    """

    def __init__(self, levels, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.levels = check_levels(levels)
        self.supports_masking = True

    @property
    def num_codes(self):
        """The number of codes, `prod L`."""
        return math.prod(self.levels)

    def build(self, features_shape):
        if features_shape[-1] != len(self.levels):
            raise ValueError(
                f"`features` must have the size {len(self.levels)}, the "
                f"number of `levels`. Received shape: {tuple(features_shape)}"
            )

    def lookup(self, codes):
        """Returns the integers of codes, with zeros for code -1.

        Args:
            codes: integer tensor (...).

        Returns:
            Tensor (..., len(levels)).
        """
        codes = ops.maximum(ops.convert_to_tensor(codes), 0)
        vectors = fsq_index_to_codes(codes, self.levels)
        return ops.cast(vectors, self.compute_dtype)

    def call(self, features, mask=None):
        # float32, since bfloat16 has no integers beyond 256.
        features = ops.cast(features, "float32")
        vectors = finite_scalar_quantize(features, self.levels)
        codes = fsq_codes_to_index(ops.stop_gradient(vectors), self.levels)
        if mask is not None:
            codes = ops.where(ops.cast(mask, "bool"), codes, -1)
        return {
            "vectors": ops.cast(vectors, self.compute_dtype),
            "codes": ops.cast(codes, "int32"),
        }

    def compute_mask(self, features, previous_mask=None):
        return {"vectors": previous_mask, "codes": previous_mask}

    def compute_output_shape(self, features_shape):
        return {"vectors": features_shape, "codes": features_shape[:-1]}

    def compute_output_spec(self, features, mask=None):
        return {
            "vectors": keras.KerasTensor(features.shape, self.compute_dtype),
            "codes": keras.KerasTensor(features.shape[:-1], "int32"),
        }

    def get_config(self):
        return {**super().get_config(), "levels": list(self.levels)}
