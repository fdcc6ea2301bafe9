"""Gradient accumulation around another optimizer."""

import contextlib

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.keras_internals import index_of
from keras_addons.keras_internals import key_of
from keras_addons.keras_internals import track
from keras_addons.keras_internals import weights_of
from keras_addons.keras_internals import with_gradients
from keras_addons.optimizers.bases.state import path_of
from keras_addons.optimizers.bases.state import slots_of
from keras_addons.optimizers.bases.wrapper import OptimizerWrapper


@keras.saving.register_keras_serializable(package="keras_addons")
class GradientAccumulation(OptimizerWrapper):
    """Accumulates gradients over micro-batches around another optimizer.

    `g = (g_1 + ... + g_steps) / steps`, then one step of the inner optimizer
    on `g`: a batch of `steps * batch_size` examples in the memory of
    `batch_size`. The inner optimizer steps once an update, and so do its
    schedule, clipping, weight decay and moving average. At the end of `fit`,
    an incomplete group of micro-batches is applied with its own mean.

    Memory: one float32 copy of the trainable weights (float64 for float64
    weights). Under `tf.distribute.MirroredStrategy` gradients are all-reduced
    once an update.

    The result equals training on the large batch if the loss is a mean over
    examples and micro-batches have equal sizes. It differs for layers and
    losses that couple the examples of a batch, such as batch normalization
    and contrastive losses. If the loss is a mean over unmasked tokens, every
    micro-batch has the same weight, however many tokens it has.

    A micro-batch without a gradient for a variable adds zero to the sum of
    that variable. If the sum stays all zero, the variable counts as having no
    gradient: the update changes neither the variable nor its slots.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        steps: integer >= 1, the number of micro-batches in an update.
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
        # Statistics last, since Keras puts them first when it loads a model.
        sums = {
            key_of(self, variable): self._add_sum(variable)
            for variable in sorted(variables, key=is_statistic)
        }
        self._sums = [sums[key_of(self, each)] for each in variables]

    def _add_sum(self, variable):
        # Each replica has its own sum; the update all-reduces the sums.
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
        track(self, total)
        return total

    def update(self, gradients, variables):
        if self._is_complete:
            self._apply_mean(variables)
            self._start_anew()
            return
        self._check_subset(variables)
        # Warns about variables without a gradient, like Keras' optimizers.
        gradients, variables = with_gradients(self, gradients, variables)
        for gradient, variable in zip(gradients, variables):
            self._accumulate(gradient, variable)
        self._num_accumulated.assign_add(1)
        # Not `equal`: `steps` may be lowered below the count.
        is_last = ops.greater_equal(self._num_accumulated, self.steps)
        backend.conditional_update(
            is_last,
            lambda: self._apply_mean(variables),
            self.variables + weights_of(self),
        )
        # A branch of its own: XLA copies, in every micro-step, a buffer that
        # a branch both reads for one result and overwrites with another.
        backend.conditional_update(
            is_last, self._start_anew, [self._num_accumulated, *self._sums]
        )

    def _check_subset(self, variables):
        """Raises ValueError if calls alternate between parts of a model.

        The parts would share one count of micro-batches, so that always the
        same part would be updated.
        """
        given = frozenset(index_of(self, v) for v in variables)
        for other in self._seen_subsets:
            if given.isdisjoint(other):
                one, two = (
                    [path_of(weights_of(self)[i]) for i in sorted(part)]
                    for part in (other, given)
                )
                raise ValueError(
                    "GradientAccumulation counts calls of `apply`, so calls "
                    "must not alternate between separate parts of a model. "
                    "Give each part an optimizer of its own (two "
                    "GradientAccumulation, or one around each optimizer of a "
                    "keras.optimizers.MultiOptimizer), or pass all variables, "
                    "with None where there is no gradient. Received: "
                    f"gradients of {two}, in an earlier call of {one}"
                )
        if given not in self._seen_subsets:
            self._seen_subsets = self._seen_subsets | {given}

    def _accumulate(self, gradient, variable):
        total = self._sum_of(variable)
        if is_statistic(variable):
            # Such as the scale of float8: Keras keeps the maximum.
            total.assign(ops.maximum(total, gradient))
        else:
            backend.accumulate(total, gradient)

    def _sum_of(self, variable):
        return self._sums[index_of(self, variable)]

    def _apply_mean(self, with_gradient):
        """Updates all variables that had a gradient in any micro-batch.

        The variables of this micro-batch, `with_gradient`, had one for
        certain. All other variables step on their mean too. If that mean is
        zero, momentum or decay would still move them, so these variables and
        their slots are restored afterwards.
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
        given = {index_of(self, each) for each in with_gradient}
        return [
            variable
            for index, variable in enumerate(weights_of(self))
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
        """Context in which `update` applies the sums of an incomplete group."""
        self._is_complete = True
        try:
            yield
        finally:
            self._is_complete = False

    def has_left_overs(self):
        """Whether micro-batches were summed that no update has applied."""
        try:
            return bool(self.built and self._num_accumulated.numpy() > 0)
        except TypeError:
            # On JAX, `fit` calls this after an error too, when the variables
            # have no values. The user must see that error, not this one.
            return False

    def variables_of_left_overs(self):
        """The variables with a sum that were not frozen meanwhile."""
        return [
            variable
            for variable, total in zip(weights_of(self), self._sums)
            if variable.trainable and ops.any(ops.not_equal(total, 0))
        ]

    def sums_of(self, variables):
        """The sums of these variables so far, as tensors."""
        return [ops.convert_to_tensor(self._sum_of(v)) for v in variables]

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}


def is_statistic(variable):
    """Whether a variable takes its gradient as its new value."""
    return getattr(variable, "overwrite_with_gradient", False)
