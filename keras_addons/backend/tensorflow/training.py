"""TensorFlow: training steps that are written once for all backends."""

from contextlib import nullcontext

import keras
import tensorflow as tf

from keras_addons.backend.tensorflow.rows import combine_rows


class TrainStep:
    def train_step(self, *arguments):
        (data,) = arguments
        return self.step(*keras.utils.unpack_x_y_sample_weight(data))

    def apply_gradients(self, gradients):
        self.optimizer.apply(gradients, self.trainable_variables)


def loss_and_gradients(function, values):
    values = [tf.convert_to_tensor(each) for each in values]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(values)
        loss, others = function(values)
    return loss, others, tape.gradient(loss, values)


def add_gradients(one, other):
    if one is None or other is None:
        return other if one is None else one
    if isinstance(one, tf.IndexedSlices) and isinstance(
        other, tf.IndexedSlices
    ):
        return combine_rows(
            tf.IndexedSlices(
                tf.concat([one.values, other.values], axis=0),
                tf.concat([one.indices, other.indices], axis=0),
                one.dense_shape,
            )
        )
    if isinstance(other, tf.IndexedSlices):
        one, other = other, one
    if isinstance(one, tf.IndexedSlices):
        # The static shape of `other` may be unknown: not by `to_dense`.
        one = tf.math.unsorted_segment_sum(
            one.values, one.indices, tf.shape(other)[0]
        )
    return one + other


def denormals_flushed():
    return nullcontext()
