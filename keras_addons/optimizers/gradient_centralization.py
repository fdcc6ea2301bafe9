"""Gradient centralization around another optimizer."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


@keras.saving.register_keras_serializable(package="keras_addons")
class GradientCentralization(OptimizerWrapper):
    """Applies gradient centralization around another optimizer.

    `g = g - mean(g)` for weights of rank 2 and more, with the mean over all
    axes but the last: that of each output unit of a kernel. Biases keep their
    gradient. Memory: no state. Sparse gradients of TensorFlow become dense,
    so around `LazyOptimizer` a step costs a pass over the whole table.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        name: string, the name of the wrapper.

    Example:

    >>> kernel = keras.Variable([[0.0], [0.0]])
    >>> optimizer = GradientCentralization(keras.optimizers.SGD(1.0))
    >>> optimizer.apply([keras.ops.array([[1.0], [3.0]])], [kernel])
    >>> kernel.numpy().tolist()  # the mean is 2
    [[1.0], [-1.0]]

    Reference:
        [Yong et al., 2020](https://arxiv.org/abs/2004.01461)
    """

    def update(self, gradients, variables):
        centralized = [
            centralize(backend.to_dense(gradient, variable.shape))
            if concerns(gradient, variable)
            else gradient
            for gradient, variable in zip(gradients, variables)
        ]
        self.inner_optimizer.apply(centralized, variables)


def concerns(gradient, variable):
    """Whether the gradient of a variable is centralized."""
    return (
        gradient is not None
        and len(variable.shape) >= 2
        # Not a statistic such as the scale of float8.
        and not getattr(variable, "overwrite_with_gradient", False)
    )


def centralize(gradient):
    """Subtracts the mean over all axes but the last."""
    axes = tuple(range(len(gradient.shape) - 1))
    return gradient - ops.mean(gradient, axis=axes, keepdims=True)
