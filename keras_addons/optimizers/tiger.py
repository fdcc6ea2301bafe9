"""Tiger: sign of the momentum, at a rate relative to the weight."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.keras_internals import index_of
from keras_addons.optimizers.bases.micro_step import MicroStepOptimizer
from keras_addons.optimizers.bases.state import path_of

OFFSETS = ("bias", "beta")
GAINS = ("gamma", "scale")


def decays(path):
    """Whether the variable of this path decays."""
    return not path.endswith(OFFSETS + GAINS)


def parameter_scale(path, weight):
    """The `scale` of a weight: 0.5, or the RMS of each row or of all."""
    if path.endswith(OFFSETS + GAINS):
        return 0.5
    is_table = path.rpartition("/")[-1] == "embeddings"
    axis = -1 if is_table and len(weight.shape) else None
    return ops.sqrt(ops.mean(ops.square(weight), axis, keepdims=True))


@keras.saving.register_keras_serializable(package="keras_addons")
class Tiger(MicroStepOptimizer):
    """Tiger: sign of the momentum, at a rate relative to the weight.

    For the `steps` gradients `g_1, ..., g_steps` of one update:

        m = beta * m              (before the first)
        m = m + (1 - beta) / steps * g_i
        w = w - learning_rate * scale * (sign(m) + weight_decay * w)
                                  (after the last)

    The end of a variable's path decides its `scale`: 0.5 for `bias`, `beta`,
    `gamma` and `scale` (the weight of Keras' `RMSNormalization`), which do
    not decay; the RMS of each row for `embeddings`; the RMS of the weight for
    all others. So `learning_rate` is the relative change of a matrix in one
    update, and a matrix or row of zeros never moves.

    If a gradient contains NaN or infinity, `m` does not change and the weight
    shrinks, `w = c + shrink_ratio * (w - c)`, with `c = 1` for `gamma` and
    `scale` and 0 for all others: overflowing activations become smaller, and
    the state stays finite. `LossScaleOptimizer` does not pass such gradients
    on.

    Memory: the momentum, one float32 copy of the trainable weights (float64
    for float64 weights), half of Adam's; the accumulation itself needs none.
    Since `m` is linear in the gradients, accumulating micro-batches equals
    training on the large batch.

    `iterations`, schedules, weight decay and `use_ema` count updates. If
    `fit` ends within an update, its gradients stay in the momentum without
    having moved the weights, and the next `fit` completes the update, also
    after saving and loading. Constraints are applied after every gradient.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule` or a function
            without arguments. Defaults to 1e-3.
        beta: float in [0, 1), the decay of the momentum; the author
            recommends 0.965 for language and 0.945 for vision. Defaults to
            0.965.
        weight_decay: float >= 0, multiplied by the learning rate and `scale`.
            Defaults to 0.01.
        steps: integer >= 1, the number of gradients in an update. Defaults
            to 1.
        shrink_ratio: float in [0, 1], the factor of a weight whose gradient
            is not finite. Defaults to 0.99.
        **kwargs: arguments of every Keras optimizer: `use_ema`, `name` and so
            on.

    Raises:
        ValueError: if an argument is out of its range; for
            `gradient_accumulation_steps`; and, with `steps` above 1, for
            `clipnorm`, `clipvalue`, `global_clipnorm` and
            `ema_overwrite_frequency`, which Keras would apply to every
            gradient instead of once an update.

    Example:

    >>> weight = keras.Variable([[3.0, 4.0, 0.0, 0.0]])  # its RMS is 2.5
    >>> optimizer = Tiger(0.1, weight_decay=0.0)
    >>> gradient = keras.ops.array([[0.01, -5.0, 1.0, 0.0]])
    >>> optimizer.apply([gradient], [weight])
    >>> weight.numpy().tolist()
    [[2.75, 4.25, -0.25, 0.0]]

    Reference:
        https://kexue.fm/archives/9512, https://kexue.fm/archives/8634
    """

    def __init__(
        self,
        learning_rate=1e-3,
        beta=0.965,
        weight_decay=0.01,
        steps=1,
        shrink_ratio=0.99,
        **kwargs,
    ):
        check_number("beta", beta, 0, below=1)
        check_number("weight_decay", weight_decay, 0)
        check_number("shrink_ratio", shrink_ratio, 0)
        if shrink_ratio > 1:
            raise ValueError(
                f"`shrink_ratio` must be at most 1. Received: {shrink_ratio!r}"
            )
        super().__init__(
            learning_rate, steps, weight_decay=weight_decay, **kwargs
        )
        self.beta = beta
        self.shrink_ratio = shrink_ratio

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_state(variables, "momentum")
        # On TensorFlow, the variables that `update_step` gets have no path.
        self._paths = [path_of(variable) for variable in variables]

    def update_step(self, gradient, variable, learning_rate):
        index = index_of(self, variable)
        state, path = self._momentums[index], self._paths[index]
        gradient = backend.to_dense(gradient, variable.shape)
        gradient = ops.cast(gradient, state.dtype)
        weight = ops.stop_gradient(ops.cast(variable, state.dtype))
        average = self.averaged(state, self.beta, gradient)
        is_finite = ops.all(ops.isfinite(gradient))
        # On JAX, `where` does not accept a variable.
        kept = ops.convert_to_tensor(state)
        momentum = ops.where(is_finite, average, kept)
        self.assign(state, momentum)
        step_size = ops.cast(learning_rate, state.dtype)
        step_size = step_size * parameter_scale(path, weight)
        stepped = self.stepped(variable, step_size, ops.sign(momentum))
        centre = 1.0 if path.endswith(GAINS) else 0.0
        shrunk = centre + self.shrink_ratio * (weight - centre)
        self.assign(variable, ops.where(is_finite, stepped, shrunk))

    def _use_weight_decay(self, variable):
        path = getattr(variable, "path", None)
        if path is None:
            path = self._paths[index_of(self, variable)]
        return decays(path) and super()._use_weight_decay(variable)

    def description(self, variable, inside):
        if decays(path_of(variable)):
            return inside
        return inside._replace(decay=0.0)

    def get_config(self):
        return {
            **super().get_config(),
            "beta": self.beta,
            "shrink_ratio": self.shrink_ratio,
        }
