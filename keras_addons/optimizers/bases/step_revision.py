"""The abstract base of wrappers that revise the step of another optimizer."""

import abc

from keras import ops

from keras_addons.optimizers.bases.patterns import PatternWrapper


class StepRevision(PatternWrapper):
    """Base class: sees each weight before and after the inner step.

    The inner optimizer steps; then `weight = revise(weight before, weight
    after, learning rate)` for every variable that `concerns` names, in each
    call in which the inner optimizer made an update. So the rule works with
    every inner optimizer. Costs one copy of the weights during the step and
    a pass over them. Constraints act on the revised weight.

    A subclass defines `revise(path, before, after, learning_rate)`, and
    `concerns(path)` if it leaves some variables as the inner step made them.

    Args:
        inner_optimizer: a Keras optimizer, its name or its config.
        name: string, the name of the wrapper. Defaults to the class name.

    Raises:
        ValueError: if the inner optimizer averages weights (`use_ema` or
            `ExponentialMovingAverage`): its average would be of weights that
            were never the model's; or if it rounds them (`MasterWeights`,
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
        """Returns the weight to end at, a tensor like `before`."""

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
        """What the inner step may change and this rule concerns.

        Returns:
            list of a variable, its value before the step, and whether the
            step is on a gradient of it: of this call, or of an earlier
            micro-batch that `GradientAccumulation` inside has summed.
        """
        with_gradient = {
            self._get_variable_index(variable)
            for gradient, variable in zip(gradients, variables)
            if gradient is not None
        }
        revised = []
        for index, variable in enumerate(self._trainable_variables):
            is_statistic = getattr(variable, "overwrite_with_gradient", False)
            if is_statistic or not self.concerns(self.path(variable)):
                continue
            had_gradient = index in with_gradient or (
                variable.trainable and self.has_pending_gradient(variable)
            )
            if had_gradient is not False:
                revised.append((variable, ops.copy(variable), had_gradient))
        return revised
