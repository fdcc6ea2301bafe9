"""TensorFlow's side of the seam."""

import keras
import tensorflow as tf
from tensorflow.python.ops import control_flow_util

distribute = tf.__internal__.distribute
COMPILES_EVERY_SHAPE = False  # that a step or a prediction meets


def complex_rotation(angles, dtype):
    """Returns None: a view of floats as complex numbers has no gradient."""


def conditional_update(condition, update, variables):
    """Runs `update()` only where `condition` holds.

    A strategy that all-reduces in `merge_call` cannot do so inside a cond of
    a replica, so the cond moves out: one for all replicas, `update` in each.

    Args:
        condition: boolean scalar, the same in every replica.
        update: function without arguments that assigns variables; what it
            reads of a replica must be variables too. Its result is dropped.
        variables: the variables it may read or assign (JAX needs them).
    """

    def for_all_replicas(strategy, conditions):
        condition = strategy.experimental_local_results(conditions)[0]
        run_if(
            condition, lambda: strategy.extended.call_for_each_replica(update)
        )

    if distribute.strategy_supports_no_merge_call():
        run_if(condition, update)
    else:
        tf.distribute.get_replica_context().merge_call(
            for_all_replicas, args=(condition,)
        )


def run_if(condition, function):
    def run():
        function()
        return tf.constant(True)

    tf.cond(condition, run, lambda: tf.constant(False))


def update_outside_step(update, variables):
    """Runs `update()` between the steps, in every replica."""
    strategy = getattr(variables[0].value, "distribute_strategy", None)
    if strategy is None:
        update()
    else:
        tf.function(lambda: strategy.run(update))()


def fused_attention(query, key, value, mask):
    """Returns None: TensorFlow has no such operation."""


def gather_rows(variable, indices):
    """The rows `variable[indices]`, with a gradient of `IndexedSlices`.

    Reads through the variable's handle: its value is never copied, nor cast.
    """
    return tf.gather(variable.value, indices)


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


def is_sparse(gradient):
    """Whether a gradient names the rows that it has."""
    return isinstance(gradient, tf.IndexedSlices)


def to_dense(gradient, shape):
    """The gradient as one tensor of `shape`; rows of one id are summed."""
    if isinstance(gradient, tf.IndexedSlices):
        gradient = tf.math.unsorted_segment_sum(
            gradient.values, gradient.indices, shape[0]
        )
    # Gathered from replicas, values know no static shape.
    return tf.reshape(gradient, shape)


def accumulate(total, gradient):
    """Adds a gradient to a variable in place, of a sparse one its rows."""
    total = total.value
    gradient = tf.cast(gradient, total.dtype)
    is_mirrored = hasattr(total, "distribute_strategy")
    if isinstance(gradient, tf.IndexedSlices) and not is_mirrored:
        total.scatter_add(gradient)
    else:
        total.assign_add(to_dense(gradient, total.shape))


def combine_rows(gradient):
    """Sums the rows of an `IndexedSlices` that belong to one id.

    Shapes stay as they are, as XLA wants them: the ids come sorted, and at
    the end the smallest is repeated with rows of zeros. Dense gradients are
    returned as they are.
    """
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    order = tf.argsort(gradient.indices)
    indices = tf.gather(gradient.indices, order)
    is_first = tf.concat([[True], indices[1:] != indices[:-1]], axis=0)
    rows = tf.cumsum(tf.cast(is_first, tf.int32)) - 1
    num_rows = tf.size(indices)
    values = tf.gather(gradient.values, order)
    unique = tf.math.unsorted_segment_min(indices, rows, num_rows)
    unique = tf.where(tf.range(num_rows) <= rows[-1], unique, indices[0])
    return tf.IndexedSlices(
        tf.math.unsorted_segment_sum(values, rows, num_rows),
        unique,
        gradient.dense_shape,
    )


class SparseRows:
    """The rows that an `IndexedSlices` names, each with its summed gradient."""

    def __init__(self, gradient):
        gradient = combine_rows(gradient)
        self._indices = gradient.indices
        # Repeated ids are padding: they step as the row that they repeat, so
        # that all of them write the same.
        is_padding = tf.concat(
            [[False], self._indices[1:] == self._indices[0]], axis=0
        )
        rank = len(gradient.values.shape)
        is_padding = tf.reshape(is_padding, [-1] + [1] * (rank - 1))
        self.gradient = tf.where(
            is_padding, gradient.values[:1], gradient.values
        )

    def read(self, variable):
        return tf.gather(native(variable), self._indices)

    def write(self, variable, value):
        variable = native(variable)
        variable.scatter_update(tf.IndexedSlices(value, self._indices))
        if not is_compiling_with_xla():
            # After a scatter TensorFlow copies the whole table at each read.
            tf.raw_ops.DisableCopyOnRead(resource=variable.handle)


def seed_native_generator(seed):
    """Starts anew what random layers draw from beside Keras' seeds: nothing.

    `keras.utils.set_random_seed` would also make TensorFlow forget its kernels,
    the compiled training step among them: seconds an epoch.
    """


def sparse_rows(gradient):
    """Returns the rows that `gradient` names, or None where it is dense."""
    if isinstance(gradient, tf.IndexedSlices):
        return SparseRows(gradient)
    return None


def native(variable):
    if isinstance(variable, keras.Variable):
        return variable.value
    return variable


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
