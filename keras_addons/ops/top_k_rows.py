"""What the smooth top-k functions have in common: rows, `k` and masks."""

import numbers

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number

LOWEST = -1e30  # stands for -inf, of which differences would be NaN


class Rows:
    """Scores in float32, and how many of each row are to be selected.

    Args:
        x: tensor (..., n).
        k: int, or integer tensor that broadcasts to the leading axes.
        temperature: positive number or scalar tensor.
        mask: None, or boolean tensor that broadcasts to `x`.

    Attributes:
        scores: tensor (..., n), `x / temperature` less the highest of the
            row; `LOWEST` where masked.
        is_valid: boolean tensor (..., n), false where masked or -inf.
        count: tensor (..., 1), the number of entries that are not masked.
        k: tensor (..., 1), from 1 to `count - 1`, so that there is
            something to solve; `finished` answers for other `k`.
    """

    def __init__(self, x, k, temperature, mask):
        x = ops.convert_to_tensor(x)
        self.wanted = wanted(k, len(x.shape) - 1)
        check_temperature(temperature)
        is_float = keras.backend.is_float_dtype(x.dtype)
        self.dtype = x.dtype if is_float else keras.config.floatx()
        scores = ops.cast(x, keras.backend.result_type(self.dtype, "float32"))
        scores = scores / ops.cast(temperature, scores.dtype)
        self.is_valid = scores > LOWEST
        if mask is not None:
            self.is_valid = ops.logical_and(self.is_valid, mask)
        highest = ops.max(
            ops.where(self.is_valid, scores, LOWEST), axis=-1, keepdims=True
        )
        scores = scores - ops.stop_gradient(highest)
        self.scores = ops.where(self.is_valid, scores, LOWEST)
        self.wanted = ops.cast(self.wanted, scores.dtype)
        self.count = ops.sum(
            ops.cast(self.is_valid, scores.dtype), axis=-1, keepdims=True
        )
        most = ops.maximum(self.count - 1.0, 1.0)
        # Not `ops.clip`: TensorFlow's does not broadcast.
        self.k = ops.minimum(ops.maximum(self.wanted, 1.0), most)

    def finished(self, shares):
        """The shares of entries, with those of rows that need no solving."""
        shares = ops.where(self.wanted >= self.count, 1.0, shares)
        is_zero = ops.logical_or(
            self.wanted <= 0, ops.logical_not(self.is_valid)
        )
        return ops.cast(ops.where(is_zero, 0.0, shares), self.dtype)


def wanted(k, num_leading_axes):
    """Returns `k` as a tensor that broadcasts to the rows."""
    if isinstance(k, (numbers.Number, str)) or k is None:
        return ops.convert_to_tensor([check_integer("k", k, 0)], dtype="int32")
    k = ops.convert_to_tensor(k)
    is_integer = "int" in keras.backend.standardize_dtype(k.dtype)
    if not is_integer or len(k.shape) > num_leading_axes:
        raise ValueError(
            "`k` must be an integer, or integers that broadcast to the axes "
            f"of `x` before the last. Received dtype {k.dtype} and shape "
            f"{tuple(k.shape)}"
        )
    return k[..., None]


def static_k(k, function_name):
    """Returns `k` as an int; there are as many steps as it says."""
    if hasattr(k, "shape") and not isinstance(k, numbers.Number):
        raise ValueError(
            f"`k` must be an int for `{function_name}`, which takes `k` steps. "
            "`soft_top_k_laplace` takes a tensor. Received a tensor of shape "
            f"{tuple(k.shape)}"
        )
    return check_integer("k", k, 0)


def check_temperature(temperature):
    """Raises ValueError unless it is a positive number, or a tensor."""
    if isinstance(temperature, (numbers.Number, str)) or temperature is None:
        check_number("temperature", temperature, minimum=0, exclusive=True)
