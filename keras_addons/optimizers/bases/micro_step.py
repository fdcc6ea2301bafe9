"""The abstract base of optimizers that accumulate in their own momentum."""

import abc

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.optimizers.bases.state import add_state

# In Keras' hands these act whenever gradients arrive.
NOT_PER_MICRO_STEP = (
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "ema_overwrite_frequency",
)


class MicroStepOptimizer(keras.optimizers.Optimizer, abc.ABC):
    """Base class for optimizers that update once every `steps` gradients.

    Every call of `apply` is a micro-step, and `steps` of them are an update.
    A state `s` that averages values `f_1, f_2, ...` of the gradients becomes

        s = (decay if it is the first of its update else 1) * s
            + (1 - decay) / steps * f_i

    which is `decay * s + (1 - decay) * mean(f_1, ..., f_steps)` after the
    last, without a buffer for the mean. Weights move in the last micro-step
    alone. `iterations`, and with it schedules, counts updates; weight decay
    and `use_ema` act once an update. The variable of Keras behind
    `iterations` holds the micro-steps, so a saved file knows where in an
    update it is and nothing is added to the state. Every micro-step computes
    the new weights, as there is no branch, and so takes the time of an update.

    A subclass creates its state with `add_state` in `build`; in `update_step`
    it assigns what `averaged` returns to the state and what `stepped` returns
    to the weight.

    Args:
        learning_rate: float >= 0, a `LearningRateSchedule` or a function
            without arguments.
        steps: integer >= 1, the number of gradients to an update.
        **kwargs: of every Keras optimizer.

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
                f"`gradient_accumulation_steps` of {type(self).__name__} is "
                f"called `steps`. Received: {keras_steps!r}"
            )
        for name in NOT_PER_MICRO_STEP if steps > 1 else ():
            if kwargs.get(name) is not None:
                raise ValueError(
                    f"`{name}` would act in every micro-step, not once an "
                    "update; GradientAccumulation around another optimizer "
                    f"can do that. Received: {kwargs[name]!r}, steps={steps}"
                )
        super().__init__(learning_rate, **kwargs)
        self.steps = steps

    def build(self, variables):
        backend.raise_if_strategy_unsupported(self, variables)
        super().build(variables)

    @property
    def accumulates(self):
        """Whether an update takes several gradients."""
        return self.steps > 1

    @property
    def iterations(self):
        """The number of updates: a tensor, for `steps=1` the variable."""
        if self.steps == 1:
            return self._iterations
        return ops.floor_divide(self._iterations, self.steps)

    @abc.abstractmethod
    def update_step(self, gradient, variable, learning_rate):
        """Updates the state and the weight by the gradient of a micro-step.

        Args:
            gradient: tensor like `variable`.
            variable: the weight.
            learning_rate: float scalar tensor.
        """

    def add_state(self, variables, name):
        """Creates a state for every weight, in float32 at least."""
        return [add_state(self, variable, name) for variable in variables]

    def averaged(self, state, decay, values):
        """What a state becomes by the values of a micro-step."""
        is_first = ops.equal(self._iterations % self.steps, 0)
        kept = ops.where(
            is_first, ops.cast(decay, state.dtype), ops.cast(1, state.dtype)
        )
        return kept * state + (1 - decay) / self.steps * values

    def stepped(self, variable, step_size, direction):
        """What a weight becomes, in the dtype of `direction`.

        `w - step_size * (direction + weight_decay * w)` in the last of an
        update, bit by bit `w` in others.
        """
        # torch would differentiate through the weight.
        weight = ops.stop_gradient(ops.cast(variable, direction.dtype))
        if self.weight_decay and self._use_weight_decay(variable):
            direction = direction + self.weight_decay * weight
        moved = weight - step_size * direction
        if self.steps == 1:
            return moved
        return ops.where(self._is_last(), moved, weight)

    def _is_last(self):
        return ops.equal((self._iterations + 1) % self.steps, 0)

    def _get_current_learning_rate(self):
        schedules = keras.optimizers.schedules
        if isinstance(self._learning_rate, schedules.LearningRateSchedule):
            return self._learning_rate(self.iterations)
        return super()._get_current_learning_rate()

    def _apply_weight_decay(self, variables):
        """Does nothing: weights decay in `stepped`, once an update."""

    def _update_model_variables_moving_average(self, trainable_variables):
        if not self.use_ema:
            return
        new = ops.where(self._is_last(), 1 - self.ema_momentum, 0.0)
        # Up to the first update the average is the weight, as in Keras: a
        # `fit` of fewer micro-steps must not end with zeros.
        new = ops.where(ops.equal(self.iterations, 0), 1.0, new)
        for variable, average in zip(
            trainable_variables, self._model_variables_moving_average
        ):
            if average is not None:
                share = ops.cast(new, average.dtype)
                average.assign((1 - share) * average + share * variable)

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}
