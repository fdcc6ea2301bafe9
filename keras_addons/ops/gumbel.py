"""Samples of a categorical distribution, exact or relaxed."""

import keras
import numpy as np
from keras import ops

# A uniform draw may be 0, whose logarithm is not finite.
SMALLEST = float(np.finfo("float32").tiny)


def gumbel_noise(shape, seed=None):
    """Draws standard Gumbel noise.

    `-log(-log(u))` with `u` uniform in (0, 1).

    Args:
        shape: tuple of ints.
        seed: int, `keras.random.SeedGenerator`, or None for Keras' global
            generator. Defaults to None.

    Returns:
        float32 tensor with finite values between -4.5 and 17.

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
    """Draws a class from a categorical distribution by the Gumbel-max trick.

    `argmax_i(logits_i + gumbel_i)` is class `i` with probability
    `softmax(logits)_i`.

    Args:
        logits: float tensor (..., classes), unnormalized log probabilities.
        seed: int, `keras.random.SeedGenerator`, or None for Keras' global
            generator. Defaults to None.

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
    """Draws a relaxed one-hot sample of a categorical distribution.

    `softmax((logits + gumbel) / temperature)`, which is differentiable in
    `logits`. As the temperature goes to 0 the sample becomes the one-hot
    vector of `sample_categorical`; its gradient has less bias and more
    variance. Computed in float32.

    Args:
        logits: float tensor (..., classes).
        temperature: positive float or scalar tensor. Defaults to 1.0.
        seed: int, `keras.random.SeedGenerator`, or None for Keras' global
            generator. Defaults to None.

    Returns:
        Tensor of the shape and dtype of `logits` whose last axis sums to 1.

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
    """Makes the one-hot vector of the largest probability, straight-through.

    `one_hot(argmax(y)) + y - stop_gradient(y)`: the gradient is that of the
    probabilities.

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
    # Parentheses: the difference is exactly 0, so the result stays one-hot.
    return choice + (probabilities - ops.stop_gradient(probabilities))
