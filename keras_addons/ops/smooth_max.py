"""Smooth versions of max and argmax."""

import keras
from keras import ops

from keras_addons.ops.top_k_rows import LOWEST
from keras_addons.ops.top_k_rows import check_temperature


def scaled(x, temperature, mask):
    """`x / temperature` in float32, low where masked."""
    check_temperature(temperature)
    x = ops.convert_to_tensor(x)
    scores = ops.cast(x, keras.backend.result_type(x.dtype, "float32"))
    scores = scores / ops.cast(temperature, scores.dtype)
    return scores if mask is None else ops.where(mask, scores, LOWEST)


def smooth_max(x, temperature=1.0, axis=-1, mask=None):
    """Computes a smooth maximum from above: a scaled log-sum-exp.

    `T log(sum_i exp(x_i / T))`. Above the maximum by `T log(n)` at most, for
    `n` equal entries. Its gradient is `softmax(x / T)`. `-smooth_max(-x)` is a
    smooth minimum.

    Args:
        x: float tensor.
        temperature: positive number or scalar tensor, `T`; 0 would be the
            maximum. Defaults to 1.
        axis: int, the axis of the entries. Defaults to -1.
        mask: None, or boolean tensor that broadcasts to `x`, False for
            entries that do not count. Where all are masked the result is
            about `-1e30 T`. Defaults to None.

    Returns:
        Tensor of the dtype of `x`, without the axis.

    Raises:
        ValueError: `temperature` is not positive.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import smooth_max
    >>> x = np.array([1.0, 1.0, -5.0], "float32")
    >>> print(f"{float(smooth_max(x, temperature=0.1)):.4f}")  # 1 + log(2) / 10
    1.0693

    Reference:
        https://kexue.fm/archives/3290, https://kexue.fm/archives/6620
    """
    scores = scaled(x, temperature, mask)
    result = ops.logsumexp(scores, axis=axis)
    result = result * ops.cast(temperature, scores.dtype)
    return ops.cast(result, ops.convert_to_tensor(x).dtype)


def softmax_mean(x, temperature=1.0, axis=-1, mask=None):
    """Computes a smooth maximum from below: the mean weighted by a softmax.

    `sum_i x_i softmax(x / T)_i`, a value within the range of the entries. It
    is below `smooth_max` by `T` times the entropy of the softmax. Other than
    `smooth_max` it is no convex function of `x`: raising an entry that is
    low can lower it.

    Args:
        x: float tensor.
        temperature: positive number or scalar tensor, `T`; 0 would be the
            maximum, a high one is the mean. Defaults to 1.
        axis: int, the axis of the entries. Defaults to -1.
        mask: None, or boolean tensor that broadcasts to `x`, False for
            entries that do not count. Where all are masked the result is 0.
            Defaults to None.

    Returns:
        Tensor of the dtype of `x`, without the axis.

    Raises:
        ValueError: `temperature` is not positive.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import softmax_mean
    >>> x = np.log(np.array([1.0, 3.0], "float32"))
    >>> print(f"{float(softmax_mean(x)):.4f}")  # 3 / 4 log(3)
    0.8240

    Reference:
        https://kexue.fm/archives/6620
    """
    weights = ops.softmax(scaled(x, temperature, mask), axis=axis)
    x = ops.convert_to_tensor(x)
    values = ops.cast(x, weights.dtype)
    if mask is not None:
        values = ops.where(mask, values, 0.0)
    return ops.cast(ops.sum(weights * values, axis=axis), x.dtype)


def smooth_argmax(x, temperature=1.0, axis=-1, mask=None):
    """Computes a smooth index of the maximum: the mean index under a softmax.

    `sum_i i softmax(x / T)_i`. With a low temperature it is the index of the
    highest entry; two high entries that are equal give the index between
    them, so that neighbours should mean similar things: places in a text or
    an image, say.

    Args:
        x: float tensor.
        temperature: positive number or scalar tensor, `T`; 0 would be the
            argmax. Defaults to 1.
        axis: int, the axis of the entries. Defaults to -1.
        mask: None, or boolean tensor that broadcasts to `x`, False for
            entries that do not count. Defaults to None.

    Returns:
        float32 tensor without the axis, since indices are too large for
        16-bit floats.

    Raises:
        ValueError: `temperature` is not positive.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import smooth_argmax
    >>> x = np.array([0.0, 0.0, 5.0, 0.0], "float32")
    >>> print(f"{float(smooth_argmax(x, temperature=0.1)):.4f}")
    2.0000

    Reference:
        https://kexue.fm/archives/6620
    """
    weights = ops.softmax(scaled(x, temperature, mask), axis=axis)
    weights = ops.moveaxis(weights, axis, -1)
    places = ops.cumsum(ops.ones_like(weights), axis=-1) - 1
    return ops.sum(weights * places, axis=-1)
