"""Abstract base of optimizers that accumulate gradients in their state."""

import abc

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.keras_internals import calls_of
from keras_addons.keras_internals import is_decayed
from keras_addons.keras_internals import own_averages
from keras_addons.keras_internals import rate_or_schedule
from keras_addons.optimizers.bases.state import add_state

# Keras applies these arguments to every gradient.
NOT_PER_MICRO_STEP = (
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "ema_overwrite_frequency",
)


class MicroStepOptimizer(keras.optimizers.Optimizer, abc.ABC):
    """Base class of optimizers that accumulate gradients in their state.

    Every call of `apply` is a micro-step; `steps` micro-steps are one update.
    In a micro-step, a state `s` that averages values `f_1, f_2, ...` of the
    gradients becomes

        s = (decay in the first micro-step of an update, else 1) * s
            + (1 - decay) / steps * f_i

    After the last micro-step this is `decay * s + (1 - decay) * mean(f_1, ...,
    f_steps)`, without a buffer for the mean. Weights move only in the last
    micro-step. `iterations` and schedules count updates; weight decay and
    `use_ema` act once an update. Keras' variable behind `iterations` counts
    micro-steps, so a saved file knows its position in an update. There is no
    branch: every micro-step takes the time of an update.

    A subclass creates its state with `add_state` in `build`. Its
    `update_step` assigns the result of `averaged` to the state and the result
    of `stepped` to the weight.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule` or a function
            without arguments.
        steps: integer >= 1, the number of gradients in an update.
        **kwargs: arguments of every Keras optimizer.

    Raises:
        ValueError: if an argument is out of its range; for
            `gradient_accumulation_steps`; and, with `steps` above 1, for
            `clipnorm`, `clipvalue`, `global_clipnorm` and
            `ema_overwrite_frequency`, which Keras would apply in every
            micro-step.

    Example:

    >>> from keras_addons.optimizers import MicroStepOptimizer
    >>> class SignMomentum(MicroStepOptimizer):
    ...     def build(self, variables):
    ...         if not self.built:
    ...             super().build(variables)
    ...             self._averages = self.add_state(variables, "average")
    ...
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         average = self._averages[self._get_variable_index(variable)]
    ...         average.assign(self.averaged(average, 0.9, gradient))
    ...         sign = ops.sign(average)
    ...         variable.assign(self.stepped(variable, learning_rate, sign))
    >>> weight = keras.Variable([1.0, 1.0])
    >>> optimizer = SignMomentum(learning_rate=0.25, steps=2)
    >>> optimizer.apply([ops.array([3.0, -1.0])], [weight])
    >>> weight.numpy().tolist()  # half of an update
    [1.0, 1.0]
    >>> optimizer.apply([ops.array([-1.0, -1.0])], [weight])
    >>> weight.numpy().tolist()  # the signs of the means 1 and -1
    [0.75, 1.25]

    Reference:
        https://kexue.fm/archives/8634
    """

    def __init__(self, learning_rate, steps, **kwargs):
        if not callable(learning_rate):
            check_number("learning_rate", learning_rate, 0)
            learning_rate = float(learning_rate)
        steps = check_integer("steps", steps, 1)
        if kwargs.get("weight_decay") is not None:
            check_number("weight_decay", kwargs["weight_decay"], 0)
        keras_steps = kwargs.get("gradient_accumulation_steps")
        if keras_steps is not None:
            raise ValueError(
                "`gradient_accumulation_steps` must be None: "
                f"{type(self).__name__} accumulates over its argument `steps`. "
                f"Received: {keras_steps!r}"
            )
        for name in NOT_PER_MICRO_STEP if steps > 1 else ():
            if kwargs.get(name) is not None:
                raise ValueError(
                    f"`{name}` would act in every micro-step instead of once "
                    "an update. Use GradientAccumulation around another "
                    f"optimizer. Received: {kwargs[name]!r}, steps={steps}"
                )
        super().__init__(learning_rate, **kwargs)
        self.steps = steps

    def build(self, variables):
        backend.raise_if_strategy_unsupported(self, variables)
        super().build(variables)

    @property
    def accumulates(self):
        """Whether an update has several micro-steps."""
        return self.steps > 1

    @property
    def iterations(self):
        """The number of updates: a tensor, or Keras' variable if `steps=1`."""
        if self.steps == 1:
            return calls_of(self)
        return ops.floor_divide(calls_of(self), self.steps)

    @abc.abstractmethod
    def update_step(self, gradient, variable, learning_rate):
        """Updates the state and the weight by the gradient of a micro-step.

        Args:
            gradient: tensor like `variable`.
            variable: the weight.
            learning_rate: float scalar tensor.
        """

    def add_state(self, variables, name):
        """Creates state for every weight, in float32 or float64."""
        return [add_state(self, variable, name) for variable in variables]

    def averaged(self, state, decay, values):
        """Returns the new value of a state after a micro-step."""
        is_first = ops.equal(calls_of(self) % self.steps, 0)
        kept = ops.where(
            is_first, ops.cast(decay, state.dtype), ops.cast(1, state.dtype)
        )
        return kept * state + (1 - decay) / self.steps * values

    def stepped(self, variable, step_size, direction):
        """Returns the new value of a weight, in the dtype of `direction`.

        `w - step_size * (direction + weight_decay * w)` in the last micro-step
        of an update; exactly `w` in all others.
        """
        # Without `stop_gradient` torch would record a graph.
        weight = ops.stop_gradient(ops.cast(variable, direction.dtype))
        if self.weight_decay and is_decayed(self, variable):
            direction = direction + self.weight_decay * weight
        moved = weight - step_size * direction
        if self.steps == 1:
            return moved
        return ops.where(self._is_last(), moved, weight)

    def _is_last(self):
        return ops.equal((calls_of(self) + 1) % self.steps, 0)

    def _get_current_learning_rate(self):
        schedules = keras.optimizers.schedules
        if isinstance(rate_or_schedule(self), schedules.LearningRateSchedule):
            return rate_or_schedule(self)(self.iterations)
        return super()._get_current_learning_rate()

    def _apply_weight_decay(self, variables):
        """Does nothing, since `stepped` decays the weights once an update."""

    def _update_model_variables_moving_average(self, trainable_variables):
        if not self.use_ema:
            return
        new = ops.where(self._is_last(), 1 - self.ema_momentum, 0.0)
        # Before the first update the average is the weight, as in Keras, so
        # that a `fit` of fewer micro-steps does not end with zeros.
        new = ops.where(ops.equal(self.iterations, 0), 1.0, new)
        for variable, average in zip(trainable_variables, own_averages(self)):
            if average is not None:
                share = ops.cast(new, average.dtype)
                average.assign((1 - share) * average + share * variable)

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}
