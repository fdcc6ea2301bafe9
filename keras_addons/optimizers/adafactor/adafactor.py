"""AdaFactor: Adam with a factored second moment."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_number
from keras_addons.keras_internals import index_of
from keras_addons.keras_internals import rate_or_schedule
from keras_addons.keras_internals import weights_of
from keras_addons.optimizers.adafactor.former_moments import with_merged_axes
from keras_addons.optimizers.adafactor.relative_step import RelativeStep
from keras_addons.optimizers.adafactor.second_moment import factored_factors
from keras_addons.optimizers.adafactor.second_moment import full_factors
from keras_addons.optimizers.adafactor.second_moment import matrix_shape
from keras_addons.optimizers.adafactor.second_moment import moment_shapes
from keras_addons.optimizers.adafactor.second_moment import row_and_column_means
from keras_addons.optimizers.bases.state import add_state


@keras.saving.register_keras_serializable(package="keras_addons")
class AdaFactor(keras.optimizers.Optimizer):
    """AdaFactor: Adam with a factored second moment.

    For a gradient `g` of a weight `w` at step `t`, counted from 1:

        s     = g ** 2 + epsilon_1
        rows  = beta_2 * rows + (1 - beta_2) * mean(s, axis=columns)
        cols  = beta_2 * cols + (1 - beta_2) * mean(s, axis=rows)
        u     = g / sqrt(rows * cols / mean(rows))
        u     = u / max(1, RMS(u) / clip_threshold)
        m     = beta_1 * m + (1 - beta_1) * u, then u = m  (if beta_1 > 0)
        scale = max(epsilon_2, RMS(w))  (if multiply_by_parameter_scale)
        w     = w - learning_rate * scale * u

    Learning rates are relative to the weights. For long fine-tuning use the
    default, 1e-3, as T5 did. For 100 steps with a new head that was too low
    (2 layers of size 128, one seed: accuracy 0.407 at 0.001, 0.865 at 0.003,
    0.996 at 0.01, 0.845 at 0.03). From scratch use 0.01 to 0.03 (TNEWS, 3,000
    texts, 2 layers of size 128, one seed: accuracy 0.525 at 0.03, 0.506 at
    0.1, 0.493 at 0.01, 0.371 at 0.005, 0.142 at 0.001).

    Memory: a weight is factored as a matrix with consecutive axes merged, as
    768 x 12 x 64 to 768 x 768, so that rows plus columns are fewest. Its
    state is `rows` and `cols`, 3840 numbers for 768 x 3072. If the shorter
    side is below `min_dim_size_to_factor`, the full second moment is kept.
    `beta_1 > 0` adds one copy of each weight. The state is float32 also for
    16-bit weights.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule`, a function without
            arguments, or None for the relative step `min(0.01, 1 / sqrt(t))`
            (times 0.05 without `multiply_by_parameter_scale`), which callbacks
            can read but not set. Defaults to 1e-3.
        beta_1: float in [0, 1), the decay of the first moment; 0 for none.
            Defaults to 0.
        beta_2: float in [0, 1), the decay of the second moment, without bias
            correction; None for `1 - t ** -0.8`. Defaults to None.
        epsilon_1: float > 0, added to the squared gradient. Defaults to
            1e-30.
        epsilon_2: float >= 0, the minimum of `scale`. Defaults to 1e-3.
        clip_threshold: float > 0, the maximum RMS of `u`; None for no limit.
            Defaults to 1.
        multiply_by_parameter_scale: bool, whether steps are relative to the
            RMS of the weight. Defaults to True.
        min_dim_size_to_factor: integer >= 1, the minimum of the shorter side
            of a factored matrix. Defaults to 128.
        **kwargs: arguments of every Keras optimizer: `weight_decay`
            (decoupled: multiplied by the learning rate, applied before the
            step), `clipnorm`, `name` and so on.

    Raises:
        ValueError: if an argument is out of its range.

    Example:

    >>> weight = keras.Variable([2.0, 2.0])
    >>> optimizer = AdaFactor(learning_rate=0.1)
    >>> optimizer.apply([keras.ops.array([5.0, -5.0])], [weight])
    >>> [round(value, 3) for value in weight.numpy().tolist()]
    [1.8, 2.2]

    Reference:
        https://arxiv.org/abs/1804.04235, https://kexue.fm/archives/7302;
        fine-tuning of T5: https://arxiv.org/abs/1910.10683
    """

    def __init__(
        self,
        learning_rate=1e-3,
        beta_1=0.0,
        beta_2=None,
        *,
        epsilon_1=1e-30,
        epsilon_2=1e-3,
        clip_threshold=1.0,
        multiply_by_parameter_scale=True,
        min_dim_size_to_factor=128,
        **kwargs,
    ):
        if learning_rate is None:
            factor = 1.0 if multiply_by_parameter_scale else 0.05
            learning_rate = RelativeStep(factor)
        if not callable(learning_rate):
            check_number("learning_rate", learning_rate, 0)
            learning_rate = float(learning_rate)
        check_number("beta_1", beta_1, 0, below=1)
        if beta_2 is not None:
            check_number("beta_2", beta_2, 0, below=1)
        check_number("epsilon_1", epsilon_1, 0, exclusive=True)
        check_number("epsilon_2", epsilon_2, 0)
        if clip_threshold is not None:
            check_number("clip_threshold", clip_threshold, 0, exclusive=True)
        check_number("min_dim_size_to_factor", min_dim_size_to_factor, 1)
        super().__init__(learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.multiply_by_parameter_scale = multiply_by_parameter_scale
        self.min_dim_size_to_factor = min_dim_size_to_factor

    @keras.optimizers.Optimizer.learning_rate.setter
    def learning_rate(self, value):
        relative = isinstance(rate_or_schedule(self), RelativeStep)
        if relative and not callable(value):
            raise ValueError(
                "`learning_rate` of an AdaFactor with learning_rate=None is "
                "computed from the step and cannot be set. "
                f"Received: {value!r}"
            )
        keras.optimizers.Optimizer.learning_rate.fset(self, value)

    def build(self, variables):
        if self.built:
            return
        backend.raise_if_strategy_unsupported(self, variables)
        super().build(variables)
        self._second_moments = []
        self._first_moments = []
        for variable in variables:
            shape = tuple(variable.shape)
            matrix = matrix_shape(shape, self.min_dim_size_to_factor)
            self._second_moments.append(
                [
                    add_state(self, variable, name, shape=moment_shape)
                    for name, moment_shape in moment_shapes(shape, matrix)
                ]
            )
            if self.beta_1:
                self._first_moments.append(
                    add_state(self, variable, "first_moment")
                )

    def update_step(self, gradient, variable, learning_rate):
        index = index_of(self, variable)
        dtype = self._second_moments[index][0].dtype
        gradient = ops.cast(backend.to_dense(gradient, variable.shape), dtype)
        weight = ops.stop_gradient(ops.cast(variable, dtype))
        step_size = ops.cast(learning_rate, dtype)
        if self.multiply_by_parameter_scale:
            scale = ops.sqrt(backend.mean_square(weight))
            step_size = step_size * ops.maximum(scale, self.epsilon_2)
        moments = self._second_moments[index]
        if len(moments) == 2:
            rows, columns = moments
            matrix = (rows.shape[0], columns.shape[1])
            gradient = backend.reshape(gradient, matrix)
            # One matrix after another, so that temporaries of only one exist.
            before = self._matrix_before(index)
            if before is not None:
                gradient = backend.after_update(gradient, before)
        first, *others = self._factors(gradient, moments)
        scalar = 1 - self.beta_1 if self.beta_1 else -step_size
        # Augmented assignments work in place on backends that can, so that
        # only one temporary of the size of the weight exists.
        update = gradient * (first * scalar)
        for factors in others:
            update *= factors
        update = backend.reshape(update, weight.shape)
        if self.beta_1:
            update += self.beta_1 * self._first_moments[index]
            self.assign(self._first_moments[index], update)
            update *= -step_size
        update += weight
        self.assign(variable, update)

    def _matrix_before(self, index):
        """The factored weight before the one at `index`, or None."""
        for before in reversed(range(index)):
            if len(self._second_moments[before]) == 2:
                return weights_of(self)[before]
        return None

    def _factors(self, gradient, moments):
        """Returns tensors whose product is `1 / sqrt(v)`, clipped."""
        if len(moments) == 1:
            moment = self._decay(moments[0], ops.square(gradient))
            return full_factors(gradient, moment, self.clip_threshold)
        products = backend.products_with_squares(gradient)
        means = row_and_column_means(products, gradient.shape, gradient.dtype)
        rows, columns = map(self._decay, moments, means)
        return factored_factors(products, rows, columns, self.clip_threshold)

    def _decay(self, moment, squares):
        """Moves a second moment towards `squares` and returns it."""
        if self.beta_2 is None:
            step = ops.cast(self.iterations + 1, moment.dtype)
            weight = ops.power(step, -0.8)
        else:
            weight = 1 - self.beta_2
        value = (1 - weight) * moment + weight * (squares + self.epsilon_1)
        self.assign(moment, value)
        return value

    def load_own_variables(self, store):
        super().load_own_variables(with_merged_axes(store, self))

    def get_config(self):
        config = {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon_1": self.epsilon_1,
            "epsilon_2": self.epsilon_2,
            "clip_threshold": self.clip_threshold,
            "multiply_by_parameter_scale": self.multiply_by_parameter_scale,
            "min_dim_size_to_factor": self.min_dim_size_to_factor,
        }
        if isinstance(rate_or_schedule(self), RelativeStep):
            config["learning_rate"] = None
        return config
