"""EGDD: momentum SGD with learned step sizes (exponentiated delta-delta)."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.keras_internals import index_of
from keras_addons.optimizers.bases.state import add_state

MIN_GAIN, MAX_GAIN = 1e-2, 1e2
MIN_SCALE, MAX_SCALE = 1e-1, 1e1


def cosine(tensor, other):
    """The cosine of two tensors; 0 if one of them is zero."""
    directions = [
        each / (ops.sqrt(ops.sum(ops.square(each))) + 1e-10)
        for each in (tensor, other)
    ]
    return ops.sum(directions[0] * directions[1])


@keras.saving.register_keras_serializable(package="keras_addons")
class EGDD(keras.optimizers.Optimizer):
    """EGDD: SGD with momentum, a learned scale and learned gains.

    Exponentiated gradient delta-delta. For a gradient `g` of a weight `w`,
    with one `scale` for each variable and one `gain` for each coordinate,
    both initially 1:

        scale = scale * exp(scale_learning_rate * cosine(g, m))
        gain  = gain * exp(gain_learning_rate * sign(g) * sign(mean))
        m     = momentum * m + learning_rate * gain * g
        mean  = beta * mean + (1 - beta) * g
        w     = w - scale * m

    `scale` is clipped to [0.1, 10], `gain` to [0.01, 100]. With
    `normalized=False`, `sum(g * m)` replaces the cosine, and `g * mean / (1 -
    beta ** (t - 1))` at step `t` (counted from 1), the product with the
    bias-corrected mean, replaces the signs. With both adaptation rates 0 this
    is SGD with momentum. Memory: three copies of each weight and one number
    (`m`, `mean`, `gain`, `scale`), in float32 also for 16-bit weights. NaN
    and infinity stay in the state; put `LossScaleOptimizer` or
    `SkipNonFinite` around it.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule`, or a function
            without arguments. Defaults to 0.01.
        momentum: float in [0, 1), the decay of `m`. Defaults to 0.9.
        beta: float in [0, 1), the decay of `mean`. Defaults to 0.9.
        gain_learning_rate: float >= 0, how fast gains adapt. Defaults to
            0.01.
        scale_learning_rate: float >= 0, how fast scales adapt. Defaults to
            0.001.
        normalized: bool, whether scale and gains use only the cosine and the
            signs, and so do not depend on the size of gradients. Defaults to
            True.
        **kwargs: arguments of every Keras optimizer: `weight_decay`,
            `clipnorm`, `name` and so on.

    Raises:
        ValueError: if an argument is out of its range.

    Example, where gradients agree, so that gain and scale double:

    >>> weight = keras.Variable([0.0])
    >>> optimizer = EGDD(
    ...     0.1,
    ...     momentum=0.0,
    ...     gain_learning_rate=0.693147,
    ...     scale_learning_rate=0.693147,
    ... )
    >>> for _ in range(2):  # 0.1 * 1 * 1, then 0.1 * 2 * 2
    ...     optimizer.apply([keras.ops.ones(1)], [weight])
    >>> round(float(weight.numpy()[0]), 4)
    -0.5

    Reference:
        https://arxiv.org/abs/2202.00145; `lingvo/core/egdd.py` of its authors.
    """

    def __init__(
        self,
        learning_rate=0.01,
        momentum=0.9,
        beta=0.9,
        gain_learning_rate=0.01,
        scale_learning_rate=0.001,
        normalized=True,
        **kwargs,
    ):
        if not callable(learning_rate):
            check_number("learning_rate", learning_rate, 0)
            learning_rate = float(learning_rate)
        check_number("momentum", momentum, 0, below=1)
        check_number("beta", beta, 0, below=1)
        check_number("gain_learning_rate", gain_learning_rate, 0)
        check_number("scale_learning_rate", scale_learning_rate, 0)
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum
        self.beta = beta
        self.gain_learning_rate = gain_learning_rate
        self.scale_learning_rate = scale_learning_rate
        self.normalized = normalized

    def build(self, variables):
        if self.built:
            return
        backend.raise_if_strategy_unsupported(self, variables)
        super().build(variables)
        self._momentums = []
        self._means = []
        self._gains = []
        self._scales = []
        for variable in variables:
            self._momentums.append(add_state(self, variable, "momentum"))
            self._means.append(add_state(self, variable, "mean"))
            self._gains.append(add_state(self, variable, "gain", "ones"))
            self._scales.append(add_state(self, variable, "scale", "ones", ()))

    def update_step(self, gradient, variable, learning_rate):
        index = index_of(self, variable)
        momentum, mean = self._momentums[index], self._means[index]
        gain, scale = self._gains[index], self._scales[index]
        dtype = momentum.dtype
        gradient = ops.cast(backend.to_dense(gradient, variable.shape), dtype)
        weight = ops.stop_gradient(ops.cast(variable, dtype))
        if self.normalized:
            scale_slope = cosine(gradient, momentum)
            gain_slope = ops.sign(gradient) * ops.sign(mean)
        else:
            scale_slope = ops.sum(gradient * momentum)
            gain_slope = gradient * mean / self._bias_correction(dtype)
        scale_growth = ops.exp(self.scale_learning_rate * scale_slope)
        gain_growth = ops.exp(self.gain_learning_rate * gain_slope)
        new_scale = ops.clip(scale * scale_growth, MIN_SCALE, MAX_SCALE)
        new_gain = ops.clip(gain * gain_growth, MIN_GAIN, MAX_GAIN)
        step = ops.cast(learning_rate, dtype) * new_gain * gradient
        new_momentum = self.momentum * momentum + step
        self.assign(variable, weight - new_scale * new_momentum)
        self.assign(mean, self.beta * mean + (1 - self.beta) * gradient)
        self.assign(momentum, new_momentum)
        self.assign(gain, new_gain)
        self.assign(scale, new_scale)

    def _bias_correction(self, dtype):
        """The bias correction of `mean`, which starts at 0."""
        num_gradients = ops.maximum(ops.cast(self.iterations, dtype), 1)
        return 1 - ops.power(ops.cast(self.beta, dtype), num_gradients)

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "beta": self.beta,
            "gain_learning_rate": self.gain_learning_rate,
            "scale_learning_rate": self.scale_learning_rate,
            "normalized": self.normalized,
        }
