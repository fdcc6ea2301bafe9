"""JAX: training steps that are written once for all backends."""

from contextlib import nullcontext

import jax
import keras


class TrainStep:
    def train_step(self, *arguments):
        state, data = arguments
        groups = (
            self.trainable_variables,
            self.non_trainable_variables,
            self.optimizer.variables,
            self.metrics_variables,
        )
        mapping = [
            pair
            for variables, values in zip(groups, state)
            for pair in zip(variables, values)
        ]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            logs = self.step(*keras.utils.unpack_x_y_sample_weight(data))
        return logs, tuple(
            [scope.get_current_value(each) for each in variables]
            for variables in groups
        )

    def apply_gradients(self, gradients):
        # Not `apply`: that of Keras' LossScaleOptimizer assigns in a cond.
        variables = self.trainable_variables, self.optimizer.variables
        weights, state = ([each.value for each in v] for v in variables)
        results = self.optimizer.stateless_apply(state, gradients, weights)
        for group, values in zip(variables, results):
            for variable, value in zip(group, values):
                variable.assign(value)


def loss_and_gradients(function, values):
    compute = jax.value_and_grad(function, has_aux=True)
    (loss, others), gradients = compute(list(values))
    return loss, others, gradients


def add_gradients(one, other):
    if one is None or other is None:
        return other if one is None else one
    return one + other


def denormals_flushed():
    return nullcontext()
