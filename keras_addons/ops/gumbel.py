"""Samples of a categorical variable, exact or with a gradient."""

import keras
import numpy as np
from keras import ops

# 0 is what a uniform draw may be, and has no logarithm.
SMALLEST = float(np.finfo("float32").tiny)


def gumbel_noise(shape, seed=None):
    """`-log(-log(u))` with `u` uniform in (0, 1).

    Args:
        shape: tuple of ints.
        seed: int, `keras.random.SeedGenerator` or None, Keras' global one.

    Returns:
        float32 tensor, always finite: between -4.5 and 17.

    Example:

    >>> noise = ops.convert_to_numpy(gumbel_noise((1000,), seed=0))
    >>> bool(-4.5 < noise.min() and noise.max() < 17)
    True

    Reference:
        https://kexue.fm/archives/6705
    """
    uniform = keras.random.uniform(shape, dtype="float32", seed=seed)
    return -ops.log(-ops.log(ops.maximum(uniform, SMALLEST)))


def sample_categorical(logits, seed=None):
    """`argmax_i(logits_i + gumbel_i)`, which is `i` with softmax's chance.

    Args:
        logits: float tensor (..., classes); unnormalized are fine.
        seed: int, `keras.random.SeedGenerator` or None, Keras' global one.

    Returns:
        int32 tensor (...).

    Example:

    >>> logits = ops.log(ops.array([0.0, 1.0, 0.0]))
    >>> int(sample_categorical(logits, seed=1))
    1

    Reference:
        [Maddison et al., 2014](https://arxiv.org/abs/1411.0030),
        https://kexue.fm/archives/6705
    """
    logits = ops.cast(logits, "float32")
    noise = gumbel_noise(ops.shape(logits), seed)
    return ops.cast(ops.argmax(logits + noise, axis=-1), "int32")


def gumbel_softmax(logits, temperature=1.0, seed=None):
    """`softmax((logits + gumbel) / temperature)`.

    A sample that is differentiable in `logits`. As the temperature falls to 0
    it becomes the one-hot vector of `sample_categorical`, with a gradient
    that is less biased and varies more. In float32 whatever the dtype.

    Args:
        logits: float tensor (..., classes).
        temperature: positive float or scalar tensor.
        seed: int, `keras.random.SeedGenerator` or None, Keras' global one.

    Returns:
        Tensor like `logits`, whose last axis sums to 1.

    Example:

    >>> sample = gumbel_softmax(ops.zeros((2, 5)), temperature=0.5, seed=1)
    >>> ops.convert_to_numpy(ops.sum(sample, axis=-1)).round(4)
    array([1., 1.], dtype=float32)

    Reference:
        [Jang et al., 2016](https://arxiv.org/abs/1611.01144),
        [Maddison et al., 2016](https://arxiv.org/abs/1611.00712),
        https://kexue.fm/archives/6705
    """
    logits = ops.convert_to_tensor(logits)
    noise = gumbel_noise(ops.shape(logits), seed)
    sample = ops.cast(logits, "float32") + noise
    return ops.cast(ops.softmax(sample / temperature), logits.dtype)


def straight_through(probabilities):
    """The one-hot vector of the largest, with the gradient of all.

    `one_hot(argmax(y)) + y - stop_gradient(y)`.

    Args:
        probabilities: float tensor (..., classes).

    Returns:
        Tensor of the same shape, exactly one-hot.

    Example:

    >>> ops.convert_to_numpy(straight_through(ops.array([0.3, 0.6, 0.1])))
    array([0., 1., 0.], dtype=float32)

    Reference:
        [Bengio et al., 2013](https://arxiv.org/abs/1308.3432)
    """
    probabilities = ops.convert_to_tensor(probabilities)
    choice = ops.one_hot(
        ops.argmax(probabilities, axis=-1),
        probabilities.shape[-1],
        dtype=probabilities.dtype,
    )
    # The difference first: it is exactly 0.
    return choice + (probabilities - ops.stop_gradient(probabilities))
