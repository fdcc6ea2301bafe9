"""Gradient accumulation: one update for several micro-batches."""

import contextlib

import keras
from keras import ops

from keras_addons import backend
from keras_addons.optimizers.micro_step import check_no_accumulation
from keras_addons.optimizers.wrapper import OptimizerWrapper


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

    def __init__(self, inner_optimizer, steps, name=None):
        if not isinstance(steps, int) or steps < 1:
            raise ValueError(
                f"`steps` must be an integer >= 1. Received: {steps!r}"
            )
        super().__init__(inner_optimizer, name=name)
        check_no_accumulation(self.inner_optimizer)
        self.steps = steps
        self._is_complete = False
        # Indices: variables would be taken for one's own state.
        self._given, self._with_gradient = [], set()

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._num_accumulated = self.add_variable(
            (), dtype="int32", aggregation="only_first_replica", name="count"
        )
        self._sums = [self._add_sum(variable) for variable in variables]

    def _add_sum(self, variable):
        # Every replica sums by itself; the update all-reduces the sums.
        total = keras.Variable(
            "zeros",
            shape=variable.shape,
            dtype=keras.backend.result_type(variable.dtype, "float32"),
            trainable=False,
            aggregation="sum",
            synchronization="on_read",
            layout=getattr(variable, "_layout", None),
            name=f"{variable.path.replace('/', '_')}_sum",
        )
        self._track_variable(total)
        return total

    def update(self, gradients, variables):
        if self._is_complete:
            self._apply_mean()
            return
        self._given = [self._get_variable_index(each) for each in variables]
        for index, gradient, variable in zip(self._given, gradients, variables):
            if gradient is not None:
                self._with_gradient.add(index)
                self._accumulate(self._sums[index], gradient, variable)
        self._num_accumulated.assign_add(1)
        backend.conditional_update(
            ops.equal(self._num_accumulated, self.steps),
            self._apply_mean,
            self.variables + self._trainable_variables,
        )

    def _accumulate(self, total, gradient, variable):
        if variable.overwrite_with_gradient:
            # A statistic such as the scale of float8: Keras keeps the largest.
            total.assign(ops.maximum(total, gradient))
        else:
            backend.accumulate(total, gradient)

    def _apply_mean(self):
        # None stays None: the inner optimizer says what it does with it.
        means = [
            self._mean(index) if index in self._with_gradient else None
            for index in self._given
        ]
        variables = [self._trainable_variables[index] for index in self._given]
        self.inner_optimizer.apply(means, variables)
        for index in self._given:
            total = self._sums[index]
            total.assign(ops.zeros(total.shape, total.dtype))
        self._num_accumulated.assign(0)

    def _mean(self, index):
        total = self._sums[index]
        if self._trainable_variables[index].overwrite_with_gradient:
            return ops.copy(total)
        return total / ops.cast(self._num_accumulated, total.dtype)

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

    def left_overs(self):
        """The sums that wait, and the variables that they belong to."""
        indices = [i for i in self._given if i in self._with_gradient]
        sums = [ops.convert_to_tensor(self._sums[index]) for index in indices]
        return sums, [self._trainable_variables[index] for index in indices]

    def get_config(self):
        return {**super().get_config(), "steps": self.steps}
