"""The base of the ways to estimate the gradient of an expectation."""

import abc
import inspect

import keras
from keras import ops


class GradientEstimator(abc.ABC):
    """Estimates `E f(z)` and its gradient, `z` categorical.

    `z` are one-hot vectors, each the class of an independent variable with
    the chances `softmax(logits)`. A subclass defines `__call__`; an attribute
    of the same name holds each argument of its constructor. One that draws no
    random numbers sets `draws = False`.

    Call arguments:
        function: `f(y_true, z)`, which maps rows `z` of the shape (rows, ...,
            classes) to costs (rows,). It sees `y_true` with its rows repeated
            to match.
        logits: float tensor (batch, ..., classes).
        y_true: tensor or structure of tensors, batch first, or None.
        seed: `keras.random.SeedGenerator`, int or None, Keras' global one.

    Returns:
        float32 tensor (batch,): its value estimates `E f(z)` and its gradient
        that of `E f(z)`, with respect to the logits and to all else that `f`
        computes with.

    Example:

    >>> from keras_addons.losses import Enumeration
    >>> isinstance(Enumeration(), GradientEstimator)
    True

    Reference:
        [Mohamed et al., 2019](https://arxiv.org/abs/1906.10652)
    """

    draws = True

    @abc.abstractmethod
    def __call__(self, function, logits, y_true=None, seed=None):
        """See the class."""

    def get_config(self):
        names = inspect.signature(type(self)).parameters
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def costs_of(function, y_true, samples):
    """The cost of every sample, float32 (samples, batch).

    Args:
        function, y_true: as in `GradientEstimator`.
        samples: float tensor (samples, batch, ..., classes).
    """
    num_samples = samples.shape[0]
    rows = ops.reshape(samples, (-1, *samples.shape[2:]))
    if num_samples > 1 and y_true is not None:
        y_true = keras.tree.map_structure(
            lambda each: repeated(each, num_samples), y_true
        )
    costs = ops.cast(function(y_true, rows), "float32")
    if len(costs.shape) != 1:
        raise ValueError(
            "`function` must return one cost a row, a tensor of the shape "
            f"(rows,). Received shape: {tuple(costs.shape)}"
        )
    return ops.reshape(costs, (num_samples, -1))


def repeated(tensor, times):
    """Puts `times` copies of a tensor after each other."""
    tensor = ops.convert_to_tensor(tensor)
    return ops.tile(tensor, [times] + [1] * (len(tensor.shape) - 1))


def stacked(logits, num_samples):
    """float32 logits (samples, batch, ..., classes), to draw from."""
    logits = ops.cast(logits, "float32")
    return ops.repeat(logits[None], num_samples, axis=0)


def check_num_samples(num_samples, least=1):
    if num_samples < least:
        raise ValueError(
            f"`num_samples` must be at least {least}. Received: {num_samples}"
        )
