"""TensorFlow: sums of dense and sparse gradients."""

import tensorflow as tf

from keras_addons.backend.tensorflow.steps import is_compiling_with_xla


class Sums:
    """Sums gradients densely and marks the rows of sparse gradients.

    Memory does not grow with the number of chunks, and the sum of
    `IndexedSlices` is again an `IndexedSlices`.
    """

    def __init__(self, weights):
        self.weights = weights
        self.kinds = [type(None)] * len(weights)

    def zeros(self):
        return [
            (tf.zeros_like(each), tf.zeros(each.shape[:1], "bool"))
            for each in self.weights
        ]

    def add(self, totals, gradients):
        self.kinds = [type(each) for each in gradients]
        return [
            self.add_one(total, touched, gradient)
            for (total, touched), gradient in zip(totals, gradients)
        ]

    def add_one(self, total, touched, gradient):
        if gradient is None:
            return total, touched
        if not isinstance(gradient, tf.IndexedSlices):
            return total + gradient, touched
        indices = gradient.indices[:, None]
        total = tf.tensor_scatter_nd_add(total, indices, gradient.values)
        is_touched = tf.ones_like(gradient.indices, "bool")
        touched = tf.tensor_scatter_nd_update(touched, indices, is_touched)
        return total, touched

    def results(self, totals):
        return [
            self.result(kind, *pair) for kind, pair in zip(self.kinds, totals)
        ]

    def result(self, kind, total, touched):
        if kind is type(None):
            return None
        if not issubclass(kind, tf.IndexedSlices):
            return total
        if is_compiling_with_xla():
            # Static shape: as many rows as the table. Rows without a gradient
            # have the id of the first row with one, and zeros.
            ids = tf.range(tf.size(touched))
            first = tf.reduce_min(tf.where(touched, ids, ids[-1]))
            indices = tf.where(touched, ids, first)
            return tf.IndexedSlices(total, indices, tf.shape(total))
        indices = tf.where(touched)[:, 0]
        return tf.IndexedSlices(
            tf.gather(total, indices), indices, tf.shape(total)
        )
