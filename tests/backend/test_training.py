"""Sums of gradients, dense, sparse and missing; gradients of a function."""

import keras
import numpy as np
import pytest

from keras_addons import backend

ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "float32")
IDS = [2, 0, 2]
# Rows 0 and 2 of a table of four: [3, 4] and [1 + 5, 2 + 6].
TABLE = np.array([[3.0, 4.0], [0.0, 0.0], [6.0, 8.0], [0.0, 0.0]], "float32")


def dense():
    return keras.ops.convert_to_tensor(TABLE)


def sparse():
    if keras.backend.backend() != "tensorflow":
        return dense()
    import tensorflow as tf

    return tf.IndexedSlices(
        tf.constant(ROWS), tf.constant(IDS), tf.constant([4, 2])
    )


@pytest.mark.parametrize("one", [dense, sparse])
@pytest.mark.parametrize("other", [dense, sparse])
def test_two_gradients_are_added(one, other):
    total = backend.add_gradients(one(), other())
    both_sparse = backend.is_sparse(one()) and backend.is_sparse(other())
    assert backend.is_sparse(total) == both_sparse
    total = backend.to_dense(total, (4, 2))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(total), 2 * TABLE)


def test_a_missing_gradient_adds_nothing():
    gradient = dense()
    assert backend.add_gradients(gradient, None) is gradient
    assert backend.add_gradients(None, gradient) is gradient
    assert backend.add_gradients(None, None) is None


def test_gradients_are_those_of_the_first_result():
    def function(values):
        first, second = values
        return keras.ops.sum(first**2 * second), {"sum": first + second}

    # d/da of a^2 b is 2 a b, d/db is a^2.
    values = [keras.ops.convert_to_tensor(each) for each in ([2.0], [5.0])]
    loss, others, gradients = backend.loss_and_gradients(function, values)
    found = [loss, others["sum"], *gradients]
    found = [float(keras.ops.convert_to_numpy(each).sum()) for each in found]
    assert found == [20.0, 7.0, 20.0, 4.0]


def test_one_device_is_one_replica():
    tensor = keras.ops.ones(2)
    assert backend.num_replicas() == 1
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(backend.sum_over_replicas(tensor)), [1, 1]
    )


def test_denormal_numbers_are_zero_within_the_context_and_not_after_it():
    small = keras.ops.convert_to_tensor(np.full(8, 1e-30, "float32"))

    def product():  # 1e-40, below the smallest normal float32 of 1.2e-38
        return keras.ops.convert_to_numpy(small * 1e-10).max()

    before = product()
    with backend.denormals_flushed():
        assert product() == 0.0
        with backend.denormals_flushed():
            pass
        assert product() == 0.0  # the inner context leaves the outer one
    assert product() == before
