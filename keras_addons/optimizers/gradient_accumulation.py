"""Gradient accumulation: one update for several micro-batches."""

import contextlib

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.bases.state import slots_of
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


@keras.saving.register_keras_serializable(package="keras_addons")
class GradientAccumulation(OptimizerWrapper):
    """Steps once every few micro-batches, on the mean of their gradients.

    `g = (g_1 + ... + g_steps) / steps`, then one step of the inner optimizer
    on `g`: a batch of `steps * batch_size` examples in the memory of
    `batch_size`. The inner optimizer, its schedule, clipping, weight decay and
    moving average see updates only. At the end of `fit` micro-batches that are
    left over are applied with their own mean.

    Costs one float32 (float64 for float64 weights) copy of the trainable
    weights, whatever the dtype of the weights. Equal to the large batch for
    losses that are means over micro-batches of equal size; not for layers or
    losses that couple the examples of a batch, such as batch normalization
    and contrastive losses. A loss that is a mean over unmasked tokens weighs
    every micro-batch alike, however many tokens it has.

    A micro-batch without a gradient for a variable counts as one of zeros for
    it. A variable whose sum is zero throughout had no gradient: an update
    leaves it and its slots bit for bit, as Keras' optimizers do.

    Beyond `gradient_accumulation_steps` of Keras' optimizers: float32 sums,
    schedules and averages that advance once an update, the left-overs, a real
    branch on JAX instead of a step that is thrown away, and
    `tf.distribute.MirroredStrategy`, where the gradients are all-reduced once
    an update.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        steps: integer >= 1, the number of micro-batches to an update.
        name: string, the name of the wrapper.

    Raises:
        ValueError: if `steps` is not an integer >= 1, or the inner optimizer
            accumulates gradients already.

    Example:

    >>> weight = keras.Variable([0.0])
    >>> optimizer = GradientAccumulation(keras.optimizers.SGD(1.0), steps=2)
    >>> for gradient in (1.0, 3.0):  # their mean is 2
    ...     optimizer.apply([keras.ops.full((1,), gradient)], [weight])
    >>> weight.numpy().tolist()
    [-2.0]

    Reference:
        https://kexue.fm/archives/6794
    """

    accumulates = True

    def __init__(self, inner_optimizer, steps, name=None):
        steps = check_integer("steps", steps, 1)
        super().__init__(inner_optimizer, name=name)
        self.steps = steps
        self._is_complete = False
        self._seen_subsets = frozenset()

    def create_state(self, variables):
        self._num_accumulated = self.add_variable(
            (), dtype="int32", aggregation="only_first_replica", name="count"
        )
        # Statistics last: Keras puts them first in a model that it loads.
        sums = {
            self._var_key(variable): self._add_sum(variable)
            for variable in sorted(variables, key=is_statistic)
        }
        self._sums = [sums[self._var_key(each)] for each in variables]

    def _add_sum(self, variable):
        # Every replica sums by itself; the update all-reduces the sums.
        total = keras.Variable(
            "zeros",
            shape=variable.shape,
            dtype=keras.backend.result_type(variable.dtype, "float32"),
            trainable=False,
            aggregation="sum",
            synchronization="on_read",
            layout=backend.layout_of(variable),
            name=f"{path_of(variable).replace('/', '_')}_sum",
        )
        self._track_variable(total)
        return total

    def update(self, gradients, variables):
        if self._is_complete:
            self._apply_mean(variables)
            self._start_anew()
            return
        self._check_subset(variables)
        # Warns of variables without a gradient, as every Keras optimizer does.
        gradients, variables = self._filter_empty_gradients(
            gradients, variables
        )
        for gradient, variable in zip(gradients, variables):
            self._accumulate(gradient, variable)
        self._num_accumulated.assign_add(1)
        # Not `equal`: `steps` may be lowered below the count.
        is_last = ops.greater_equal(self._num_accumulated, self.steps)
        backend.conditional_update(
            is_last,
            lambda: self._apply_mean(variables),
            self.variables + self._trainable_variables,
        )
        # By itself: XLA copies, in every micro-step, what a branch reads for
        # one result and overwrites with another.
        backend.conditional_update(
            is_last, self._start_anew, [self._num_accumulated, *self._sums]
        )

    def _check_subset(self, variables):
        """Raises ValueError if the calls alternate between parts of a model.

        The count of micro-batches would mix the parts, and an update would
        come when it is always the same part's turn.
        """
        given = frozenset(self._get_variable_index(v) for v in variables)
        for other in self._seen_subsets:
            if given.isdisjoint(other):
                one, two = (
                    [
                        path_of(self._trainable_variables[i])
                        for i in sorted(part)
                    ]
                    for part in (other, given)
                )
                raise ValueError(
                    "GradientAccumulation counts the calls of `apply`, so they "
                    "must not alternate between separate variables. Give each "
                    "part an optimizer of its own (two GradientAccumulation, "
                    "or one around each optimizer of a "
                    "keras.optimizers.MultiOptimizer), or pass all variables, "
                    "with None where there is no gradient. Received: "
                    f"gradients of {two}, before of {one}"
                )
        if given not in self._seen_subsets:
            self._seen_subsets = self._seen_subsets | {given}

    def _accumulate(self, gradient, variable):
        total = self._sum_of(variable)
        if is_statistic(variable):
            # Such as the scale of float8: Keras keeps the largest.
            total.assign(ops.maximum(total, gradient))
        else:
            backend.accumulate(total, gradient)

    def _sum_of(self, variable):
        return self._sums[self._get_variable_index(variable)]

    def _apply_mean(self, with_gradient):
        """Makes the update, on all that had a gradient in any micro-batch.

        That is certain for `with_gradient` alone, the variables of this
        micro-batch. Others step too, on their mean. Where it is zero, since
        they had no gradient, momentum or decay would move them, so then they
        and their slots are put back.
        """
        others = [] if self._is_complete else self._others(with_gradient)
        before = [
            (self.has_pending_gradient(weight), each, ops.copy(each))
            for weight in others
            for each in [weight, *slots_of(self.inner_optimizer, weight)]
        ]
        variables = [*with_gradient, *others]
        means = [self._mean(variable) for variable in variables]
        self.inner_optimizer.apply(means, variables)
        backend.assign_all(
            [variable for _, variable, _ in before],
            [
                ops.where(had_gradient, ops.convert_to_tensor(variable), old)
                for had_gradient, variable, old in before
            ],
        )

    def _start_anew(self):
        for total in self._sums:
            total.assign(ops.zeros(total.shape, total.dtype))
        self._num_accumulated.assign(0)

    def _others(self, with_gradient):
        given = {self._get_variable_index(each) for each in with_gradient}
        return [
            variable
            for index, variable in enumerate(self._trainable_variables)
            if index not in given and variable.trainable
        ]

    def _mean(self, variable):
        total = self._sum_of(variable)
        if is_statistic(variable):
            return ops.copy(total)
        return total / ops.cast(self._num_accumulated, total.dtype)

    def has_pending_gradient(self, variable):
        total = self._sum_of(variable)
        return backend.any_replica(ops.any(ops.not_equal(total, 0)))

    @contextlib.contextmanager
    def applying_left_overs(self):
        """A context in which `update` applies what has been summed so far."""
        self._is_complete = True
        try:
            yield
        finally:
            self._is_complete = False

    def has_left_overs(self):
        """Whether micro-batches wait that no update has seen."""
        try:
            return bool(self.built and self._num_accumulated.numpy() > 0)
        except TypeError:
            # `fit` on JAX comes here after an error too, when the variables
            # have no values; that error must reach the user, not this one.
            return False

    def variables_of_left_overs(self):
        """Those that have a sum, and were not frozen meanwhile."""
        return [
            variable
            for variable, total in zip(self._trainable_variables, self._sums)
            if variable.trainable and ops.any(ops.not_equal(total, 0))
        ]

    def sums_of(self, variables):
        """The sums that wait, as tensors."""
        return [ops.convert_to_tensor(self._sum_of(v)) for v in variables]

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}


def is_statistic(variable):
    """Whether a variable takes its gradient as its new value."""
    return getattr(variable, "overwrite_with_gradient", False)
