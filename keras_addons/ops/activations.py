"""GELU, exact and in two approximations, whose gradient keeps one tensor."""

import math

import keras
from keras import ops

from keras_addons import backend
from keras_addons.ops.symbolic import takes_keras_tensors


def gelu_slope(x):
    """Computes the derivative of GELU, `Phi(x) + x phi(x)`."""
    below = 0.5 * (1.0 + ops.erf(x * math.sqrt(0.5)))
    density = ops.exp(-0.5 * ops.square(x)) / math.sqrt(2.0 * math.pi)
    return below + x * density


def gelu_tanh_slope(x):
    """Computes the derivative of the tanh approximation of GELU."""
    # Beyond 10 the slope is 0 or 1 in float32; clipping keeps powers finite.
    x = ops.clip(x, -10.0, 10.0)
    # (1 + tanh(u)) / 2 = sigmoid(2 u). The forward pass computes tanh, so a
    # compiler cannot keep a sigmoid from there instead of `x`.
    rate = 2.0 * math.sqrt(2.0 / math.pi)
    half = ops.sigmoid(rate * (x + 0.044715 * x**3))
    growth = rate * (1.0 + 3.0 * 0.044715 * ops.square(x))
    return half + x * half * (1.0 - half) * growth


def gelu_sigmoid_slope(x):
    """Computes the derivative of the sigmoid approximation of GELU."""
    share = ops.sigmoid(1.702 * x)
    # 1 - share is 0 before 1.702 x overflows in float16.
    return share + share * (1.0 - share) * ops.clip(1.702 * x, -100.0, 100.0)


exact = backend.with_derivative(
    lambda x: ops.gelu(x, approximate=False), gelu_slope
)
approximate = backend.with_derivative(
    lambda x: ops.gelu(x, approximate=True), gelu_tanh_slope
)
by_sigmoid = backend.with_derivative(
    lambda x: x * ops.sigmoid(1.702 * x), gelu_sigmoid_slope
)


@takes_keras_tensors
def gelu(x):
    """Computes GELU and keeps one tensor for the gradient.

    `x Phi(x)`, where `Phi` is the normal distribution function. Equal to
    `keras.activations.gelu`, for whose gradient TensorFlow and JAX keep three
    to four tensors. This function keeps `x` on TensorFlow and the slope at
    `x` on JAX. On torch, which keeps one tensor anyway, it is Keras' function.

    Args:
        x: float tensor.

    Returns:
        Tensor of the shape and dtype of `x`.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import gelu
    >>> points = np.array([-1.0, 0.0, 1.0], "float32")
    >>> keras.ops.convert_to_numpy(gelu(points)).round(4)
    array([-0.1587,  0.    ,  0.8413], dtype=float32)

    Reference:
        [Hendrycks and Gimpel, 2016](https://arxiv.org/abs/1606.08415)
    """
    return exact(ops.convert_to_tensor(x))


@takes_keras_tensors
def gelu_tanh(x):
    """Computes the tanh approximation of GELU.

    `x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))`, as Google's BERT
    code and Hugging Face's `gelu_new` do, in the memory of `gelu`.

    Args:
        x: as of `gelu`, whose shape and dtype the result has.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import gelu_tanh
    >>> points = np.array([-1.0, 0.0, 1.0], "float32")
    >>> keras.ops.convert_to_numpy(gelu_tanh(points)).round(4)
    array([-0.1588,  0.    ,  0.8412], dtype=float32)

    Reference:
        [Hendrycks and Gimpel, 2016](https://arxiv.org/abs/1606.08415),
        https://kexue.fm/archives/7309
    """
    return approximate(ops.convert_to_tensor(x))


@takes_keras_tensors
def gelu_sigmoid(x):
    """Computes the sigmoid approximation of GELU.

    `x sigmoid(1.702 x)`, as OpenAI's CLIP and Hugging Face's `quick_gelu` do,
    in the memory of `gelu`. Among all `x sigmoid(l x)`, `l = 1.702` is the one
    whose sigmoid is nearest to the normal distribution function: nowhere
    further than 0.0095 (`ops.fit_activation`). It is up to 0.0203 away from
    GELU, `gelu_tanh` up to 0.0005.

    Args:
        x: as of `gelu`, whose shape and dtype the result has.

    Example:

    >>> import numpy as np
    >>> from keras_addons.ops import gelu_sigmoid
    >>> points = np.array([-1.0, 0.0, 1.0], "float32")
    >>> keras.ops.convert_to_numpy(gelu_sigmoid(points)).round(4)
    array([-0.1542,  0.    ,  0.8458], dtype=float32)

    Reference:
        [Hendrycks and Gimpel, 2016](https://arxiv.org/abs/1606.08415),
        https://kexue.fm/archives/7309
    """
    return by_sigmoid(ops.convert_to_tensor(x))


def in_less_memory(activation):
    """Replaces Keras' GELU by `gelu`; returns other activations as given."""
    return gelu if activation is keras.activations.gelu else activation
