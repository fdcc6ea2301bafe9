"""TensorFlow: variables that have a value only during a step.

Keras' optimizers assign to the `value` of a variable, a `tf.Variable`, which
keeps its memory between steps. Here `value` is an `AssignableTensor`, whose
tensor an assignment replaces. In a graph this is a tensor of the graph, and a
branch of a `tf.cond` cannot replace it for the operations after the cond. So
`conditional_update` passes the tensors into and out of the cond, as on JAX.
"""

import keras
import tensorflow as tf


class AssignableTensor:
    """A tensor with the methods of a `tf.Variable` that assign."""

    def __init__(self, variable, read):
        self._read = read
        self.tensor = None  # during a step
        self.name = variable.path
        self.dtype = tf.as_dtype(variable.dtype)
        self.shape = tf.TensorShape(variable.shape)
        self.device = ""  # no constraint on the device of slots
        self._unique_id = f"{self.name}_{id(self)}"

    def __tf_tensor__(self, dtype=None, name=None):
        value = self._read() if self.tensor is None else self.tensor
        return tf.convert_to_tensor(value, dtype, name=name)

    def numpy(self):
        return tf.convert_to_tensor(self).numpy()

    def assign(self, value):
        if self.tensor is None:
            raise RuntimeError(f"{self.name} can be assigned in a step only.")
        self.tensor = tf.ensure_shape(tf.cast(value, self.dtype), self.shape)

    def assign_add(self, value):
        self.assign(self + value)

    def assign_sub(self, value):
        self.assign(self - value)

    def sparse_read(self, indices, name=None):
        return tf.gather(tf.convert_to_tensor(self), indices, name=name)

    def scatter_update(self, rows):
        self._scatter(tf.tensor_scatter_nd_update, rows)

    def scatter_add(self, rows):
        self._scatter(tf.tensor_scatter_nd_add, rows)

    def scatter_sub(self, rows):
        self._scatter(tf.tensor_scatter_nd_sub, rows)

    def _scatter(self, scatter, rows):
        indices = rows.indices[:, None]
        self.assign(scatter(tf.convert_to_tensor(self), indices, rows.values))


def operator_of_tensors(name):
    operator = getattr(tf.Tensor, name)

    def apply(self, *others):
        return operator(tf.convert_to_tensor(self), *others)

    return apply


for name in tf.Tensor.OVERLOADABLE_OPERATORS:
    setattr(AssignableTensor, name, operator_of_tensors(name))


class Temporary(keras.Variable):
    def __init__(self, read, **arguments):
        super().__init__("zeros", **arguments)
        self._value = AssignableTensor(self, read)

    def _initialize_with_initializer(self, initializer):
        self._value = None

    def hold(self, value):
        self._value.tensor = value

    def release(self):
        self._value.tensor = None


def held_tensors(variables):
    """Returns the values of the `Temporary` variables that are held now."""
    values = [each._value for each in variables if isinstance(each, Temporary)]
    return [each for each in values if each.tensor is not None]
