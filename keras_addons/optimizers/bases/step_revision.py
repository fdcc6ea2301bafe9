"""Abstract base of wrappers that revise the step of another optimizer."""

import abc

from keras import ops

from keras_addons.keras_internals import index_of
from keras_addons.keras_internals import weights_of
from keras_addons.optimizers.bases.patterns import PatternWrapper


class StepRevision(PatternWrapper):
    """Base class of wrappers that revise the step of another optimizer.

    After each update of the inner optimizer, `weight = revise(path, before,
    after, learning_rate)`, with the weight before and after the inner step,
    for all variables whose path `concerns` selects. So the rule works around
    every optimizer. Constraints are applied to the revised weight. Memory:
    one copy of these weights during the step.

    A subclass defines `revise`, and `concerns` to leave some variables out.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        name: string, the name of the wrapper. Defaults to the class name.

    Raises:
        ValueError: if the inner optimizer averages weights (`use_ema` or
            `ExponentialMovingAverage`), since the average would be of weights
            before the revision; or if it rounds weights (`MasterWeights`,
            `StochasticRounding`).

    Example:

    >>> import keras
    >>> from keras_addons.optimizers import StepRevision
    >>> class MaximumStep(StepRevision):
    ...     "No weight moves by more than the learning rate."
    ...
    ...     def revise(self, path, before, after, learning_rate):
    ...         step = ops.clip(after - before, -learning_rate, learning_rate)
    ...         return before + step
    >>> weight = keras.Variable([1.0, 2.0])
    >>> optimizer = MaximumStep(keras.optimizers.SGD(0.5))
    >>> optimizer.apply([ops.array([4.0, 0.5])], [weight])
    >>> weight.numpy().tolist()
    [0.5, 1.75]

    Reference:
        [Loshchilov and Hutter, 2017](https://arxiv.org/abs/1711.05101), whose
        weight decay is such a rule: `WeightDecay`.
    """

    moves_weights = True
    revises_steps = True

    def concerns(self, path):
        """Whether the variable of this path is revised."""
        return True

    @abc.abstractmethod
    def revise(self, path, before, after, learning_rate):
        """Returns the revised weight, a tensor like `before`."""

    def update(self, gradients, variables):
        revised = self._revised(gradients, variables)
        learning_rate = ops.copy(self.learning_rate)
        iterations = ops.copy(self.iterations)
        self.inner_optimizer.apply(gradients, variables)
        has_updated = ops.not_equal(self.iterations, iterations)
        for variable, before, had_gradient in revised:
            after = ops.convert_to_tensor(variable)
            rate = ops.cast(learning_rate, after.dtype)
            weight = self.revise(self.path(variable), before, after, rate)
            constraint = getattr(variable, "constraint", None)
            if constraint is not None:
                weight = constraint(weight)
            has_stepped = ops.logical_and(has_updated, had_gradient)
            variable.assign(ops.where(has_stepped, weight, after))

    def _revised(self, gradients, variables):
        """Collects the variables to revise, with their values before the step.

        Returns:
            list of triples: a variable, its value, and whether it has a
            gradient: in this call, or in an earlier micro-batch that an inner
            `GradientAccumulation` has summed.
        """
        with_gradient = {
            index_of(self, variable)
            for gradient, variable in zip(gradients, variables)
            if gradient is not None
        }
        revised = []
        for index, variable in enumerate(weights_of(self)):
            is_statistic = getattr(variable, "overwrite_with_gradient", False)
            if is_statistic or not self.concerns(self.path(variable)):
                continue
            had_gradient = index in with_gradient or (
                variable.trainable and self.has_pending_gradient(variable)
            )
            if had_gradient is not False:
                revised.append((variable, ops.copy(variable), had_gradient))
        return revised
