"""TensorFlow: rows of embedding tables, and sparse gradients.

Why a lazy step does not copy the table. A TensorFlow variable has a buffer
and one of two modes. In the first mode `ReadVariableOp` returns an alias of
the buffer, in the second, "copy on read", a copy. `tf.gather` of a variable
and `scatter_update` need the second mode. They switch a variable that is in
the first mode, and copy the whole buffer if an alias of it is still in use.

`keras.layers.Embedding` reads its table by `ReadVariableOp` twice: one alias
for the lookup, and one that is not used. Only the indices order these reads
against the optimizer's reads of rows. If a row is read before the lookup has
finished, or an alias is taken after a row was read, the table is copied.

So `SparseRows.read` waits for each operation that has used the variable or
its value (`earlier_uses`). A tensor is freed after its last consumer, so that
no alias is left and switching costs nothing. `SparseRows.write` switches back
to the first mode, so that the next step starts like this one.
"""

import keras
import tensorflow as tf

from keras_addons.backend.tensorflow.steps import is_compiling_with_xla


def gather_rows(variable, indices):
    return tf.gather(variable.value, indices)


def is_sparse(gradient):
    return isinstance(gradient, tf.IndexedSlices)


def stored_values(gradient):
    return gradient.values if is_sparse(gradient) else gradient


def to_dense(gradient, shape):
    if isinstance(gradient, tf.IndexedSlices):
        gradient = tf.math.unsorted_segment_sum(
            gradient.values, gradient.indices, shape[0]
        )
    # Values that were gathered from replicas have no static shape.
    return tf.reshape(gradient, shape)


def accumulate(total, gradient):
    total = total.value
    gradient = tf.cast(gradient, total.dtype)
    is_mirrored = hasattr(total, "distribute_strategy")
    if isinstance(gradient, tf.IndexedSlices) and not is_mirrored:
        total.scatter_add(gradient)
    else:
        total.assign_add(to_dense(gradient, total.shape))


def combine_rows(gradient):
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
    """The rows of an `IndexedSlices`, the gradients of equal ids summed.

    A row whose summed gradient is zero keeps its value, since other backends
    cannot distinguish it from a row that is not in the batch.
    """

    def __init__(self, gradient):
        gradient = combine_rows(gradient)
        self._indices = gradient.indices
        # Repeated ids are padding. They get the gradient of the row that they
        # repeat, so that all write the same value.
        is_padding = tf.concat(
            [[False], self._indices[1:] == self._indices[0]], axis=0
        )
        rank = len(gradient.values.shape)
        is_padding = tf.reshape(is_padding, [-1] + [1] * (rank - 1))
        self.gradient = tf.where(
            is_padding, gradient.values[:1], gradient.values
        )
        axes = list(range(1, rank))
        self._is_touched = tf.reduce_any(self.gradient != 0, axes, True)

    def read(self, variable):
        variable = native(variable)
        with tf.control_dependencies(earlier_uses(variable)):
            return tf.gather(variable, self._indices)

    def write(self, variable, value):
        value = tf.where(self._is_touched, value, self.read(variable))
        variable = native(variable)
        variable.scatter_update(tf.IndexedSlices(value, self._indices))
        if not is_compiling_with_xla() and hasattr(variable, "handle"):
            # After a scatter each read would copy the whole table.
            tf.raw_ops.DisableCopyOnRead(resource=variable.handle)


def sparse_rows(gradient):
    if isinstance(gradient, tf.IndexedSlices):
        return SparseRows(gradient)
    return None


def earlier_uses(variable):
    """Returns the operations so far that use a variable or its whole value."""
    if tf.executing_eagerly() or not hasattr(variable, "handle"):
        return []  # a tensor of this step has no buffer of a variable
    size = variable.shape.num_elements()
    tensors = [tf.compat.v1.get_default_graph().capture(variable.handle)]
    uses = {}
    while tensors:
        new = [use for use in tensors.pop().consumers() if use not in uses]
        uses.update(dict.fromkeys(new))
        # An output of the variable's size may be an alias of its buffer.
        outputs = [output for use in new for output in use.outputs]
        tensors += [o for o in outputs if o.shape.num_elements() == size]
    return list(uses)


def native(variable):
    if isinstance(variable, keras.Variable):
        return variable.value
    return variable
