"""TensorFlow's side of the seam."""

import keras
import tensorflow as tf
from tensorflow.python.ops import control_flow_util

from keras_addons.backend.tensorflow_temporary import held_tensors

distribute = tf.__internal__.distribute
COMPILES_EVERY_SHAPE = False  # that a step or a prediction meets


def complex_rotation(angles, dtype):
    """Returns None: a view of floats as complex numbers has no gradient."""


def computed_once(table):
    """The same table, which TensorFlow computes once, at least without XLA."""
    return table


def conditional_update(condition, update, variables, arguments=()):
    """Runs `update(*arguments)` only where `condition` holds.

    A strategy that all-reduces in `merge_call` cannot do so inside a cond of
    a replica, so the cond moves out: one for all replicas, `update` in each.

    Args:
        condition: boolean scalar, the same in every replica.
        update: function that assigns variables. Its result is dropped.
        variables: the variables it may read or assign: JAX needs them, and
            TensorFlow those whose value is a tensor of this step.
        arguments: what `update` is called with: tensors of a replica, which
            it may not read in another way.
    """

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


def is_compiling(variable):
    """Whether the value of a variable is not known yet."""
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
    """`conditional_update` for what hardly ever happens and costs little."""
    conditional_update(condition, update, variables)


def any_replica(condition):
    """Whether a condition holds in any replica of this step."""
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return condition
    count = replica.all_reduce("SUM", tf.cast(condition, tf.int32))
    return count > 0


def assign_all(variables, values):
    """Assigns each variable its value, which is the same in every replica.

    State of an optimizer has no aggregation, so a replica may not assign it.
    """

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
    """Runs `update()` between the steps, in every replica."""
    strategy = getattr(variables[0].value, "distribute_strategy", None)
    if strategy is None:
        update()
    else:
        tf.function(lambda: strategy.run(update))()


def fused_attention(query, key, value, mask):
    """Returns None: TensorFlow has no such operation."""


def products_with_squares(matrix):
    """Products of the squares of a matrix with a column and with a row.

    Returns:
        function of the column (num_columns, 1) and, or None, of the row
        (1, num_rows); it returns both products, or one and None.
    """
    squares = tf.square(matrix)

    def products(column, row=None):
        right = tf.matmul(squares, column)
        return right, None if row is None else tf.matmul(row, squares)

    return products


def all_gather(embeddings):
    """The rows of all replicas, in the order of the replicas.

    Differentiable: a row's gradient is the sum of those that all replicas
    have for it. All of them must come by here.

    Args:
        embeddings: tensor (rows, ...); replicas may have unequal numbers.
    """
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return embeddings
    rows = replica.all_gather(embeddings, axis=0)
    return tf.ensure_shape(rows, [None, *embeddings.shape[1:]])


def seed_native_generator(seed):
    """Starts anew what random layers draw from beside Keras' seeds: nothing.

    `keras.utils.set_random_seed` would also make TensorFlow forget its kernels,
    the compiled training step among them: seconds an epoch.
    """


def is_compiling_with_xla():
    graph = tf.compat.v1.get_default_graph()
    return control_flow_util.GraphOrParentsInXlaContext(graph)


def predictor(model):
    """The model's outputs as a function of a batch, without training."""
    model.jit_compile = False  # XLA would compile for every width
    return model.predict_on_batch


def predictor_of_steps(model):
    """`predictor` of a model that is called on one shape again and again."""
    return model.predict_on_batch


def reshape(tensor, shape):
    """`keras.ops.reshape` of a tensor that is not symbolic."""
    return tf.reshape(tensor, shape)


def while_loop(condition, body, values):
    """`keras.ops.while_loop` whose rounds wait for each other.

    TensorFlow would start ten at once and hold the memory of all.
    """
    return tf.while_loop(condition, body, values, parallel_iterations=1)


def with_derivative(function, derivative):
    """A function of single numbers that keeps nothing else for its gradient.

    `derivative(x)` is computed on the way back.
    """

    @tf.custom_gradient
    def compute(x):
        return function(x), lambda upstream: upstream * derivative(x)

    return compute


def write_slice(tensor, axis, start, values):
    """Writes `values` along one axis into a tensor that nobody reads again."""
    starts = [0] * len(tensor.shape)
    starts[axis] = start
    return keras.ops.slice_update(tensor, starts, values)
