"""TensorFlow: updates of variables, also in replicas of tf.distribute."""

import tensorflow as tf
from tensorflow.python.ops import control_flow_util

from keras_addons.backend.tensorflow.temporary import held_tensors

distribute = tf.__internal__.distribute


def conditional_update(condition, update, variables, arguments=()):
    # A strategy that all-reduces in `merge_call` cannot do so inside a
    # replica's cond. So there is one cond for all replicas, outside of them,
    # and `update` runs in each replica.

    def for_all_replicas(strategy, conditions, *arguments):
        condition = strategy.experimental_local_results(conditions)[0]
        run_if(
            condition,
            lambda: strategy.extended.call_for_each_replica(
                update, args=arguments
            ),
        )

    if distribute.strategy_supports_no_merge_call():
        held = held_tensors(variables)
        run_if(condition, lambda: update(*arguments), held)
    else:
        tf.distribute.get_replica_context().merge_call(
            for_all_replicas, args=(condition, *arguments)
        )


def after_update(tensor, variable):
    if tf.executing_eagerly() or tf.distribute.has_strategy():
        return tensor
    # In a tf.function a read is executed after the assignments before it.
    with tf.control_dependencies([tf.convert_to_tensor(variable)]):
        return tf.identity(tensor)


def is_compiling(variable):
    return not tf.executing_eagerly()


def run_if(condition, function, held=()):
    before = [each.tensor for each in held]

    def run():
        function()
        return tf.constant(True), [each.tensor for each in held]

    _, values = tf.cond(condition, run, lambda: (tf.constant(False), before))
    for each, value in zip(held, values):
        each.tensor = value


def unlikely_update(condition, update, variables):
    conditional_update(condition, update, variables)


def assign_all(variables, values):
    # State of an optimizer has no aggregation, so replicas must not assign it.

    def update(strategy, values):
        for variable, value in zip(variables, values):
            strategy.extended.update(
                variable.value, lambda v, value: v.assign(value), (value,)
            )

    replica = tf.distribute.get_replica_context()
    if variables and replica is not None and replica.num_replicas_in_sync > 1:
        replica.merge_call(update, (values,))
    else:
        for variable, value in zip(variables, values):
            variable.assign(value)


def update_outside_step(update, variables):
    strategy = getattr(variables[0].value, "distribute_strategy", None)
    if strategy is None:
        update()
    else:
        tf.function(lambda: strategy.run(update))()


def seed_native_generator(seed):
    """Does nothing: random layers draw from Keras' seed generators."""


def is_compiling_with_xla():
    graph = tf.compat.v1.get_default_graph()
    return control_flow_util.GraphOrParentsInXlaContext(graph)
