"""Base class of the gradient estimators."""

import abc
import inspect

import keras
from keras import ops


class GradientEstimator(abc.ABC):
    """Estimates `E f(z)` and its gradient for categorical `z`.

    `z` holds one-hot vectors, one for each independent variable, with the
    probabilities `softmax(logits)`. A subclass defines `__call__` and stores
    each constructor argument in an attribute of the same name. A subclass
    that draws no random numbers sets `draws = False`.

    Call arguments:
        function: `f(y_true, z)` from rows `z` (rows, ..., classes) to costs
            (rows,). If several samples are drawn, `y_true` is repeated
            accordingly.
        logits: float tensor (batch, ..., classes).
        y_true: tensor or structure of tensors, batch first, or None.
        seed: `keras.random.SeedGenerator`, int, or None for Keras' global
            generator. Defaults to None.

    Returns:
        float32 tensor (batch,). Its value estimates `E f(z)`; its gradient
        estimates the gradient of `E f(z)`, with respect to the logits and to
        all other tensors that `f` uses.

    Example:

    >>> from keras_addons.losses import GradientEstimator
    >>> class MeanField(GradientEstimator):
    ...     "The cost of the mean of z."
    ...     draws = False
    ...
    ...     def __call__(self, function, logits, y_true=None, seed=None):
    ...         return function(y_true, ops.softmax(logits))
    >>> costs = MeanField()(lambda y_true, z: z[:, 0], ops.zeros((1, 2)))
    >>> float(costs[0])
    0.5

    Reference:
        [Mohamed et al., 2019](https://arxiv.org/abs/1906.10652)
    """

    draws = True

    @abc.abstractmethod
    def __call__(self, function, logits, y_true=None, seed=None):
        """Estimates the expectation; see the class."""

    def get_config(self):
        names = inspect.signature(type(self)).parameters
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def compute_costs(function, y_true, samples):
    """Computes the cost of every sample, float32 (samples, batch).

    Args:
        function, y_true: as in `GradientEstimator`.
        samples: float tensor (samples, batch, ..., classes).
    """
    num_samples = samples.shape[0]
    rows = ops.reshape(samples, (-1, *samples.shape[2:]))
    if num_samples > 1 and y_true is not None:
        y_true = keras.tree.map_structure(
            lambda each: repeat_rows(each, num_samples), y_true
        )
    costs = ops.cast(function(y_true, rows), "float32")
    if len(costs.shape) != 1:
        raise ValueError(
            "`function` must return one cost a row, a tensor of the shape "
            f"(rows,). Received shape: {tuple(costs.shape)}"
        )
    return ops.reshape(costs, (num_samples, -1))


def repeat_rows(tensor, times):
    """Concatenates `times` copies of a tensor."""
    tensor = ops.convert_to_tensor(tensor)
    return ops.tile(tensor, [times] + [1] * (len(tensor.shape) - 1))


def repeat_logits(logits, num_samples):
    """Repeats logits in float32: (samples, batch, ..., classes)."""
    logits = ops.cast(logits, "float32")
    return ops.repeat(logits[None], num_samples, axis=0)


def check_num_samples(num_samples, least=1):
    """Raises ValueError unless there are at least `least` samples."""
    if num_samples < least:
        raise ValueError(
            f"`num_samples` must be at least {least}. Received: {num_samples}"
        )
