import keras
import numpy as np
import pytest
from keras import ops

from keras_addons import backend
from tests.checks import JIT_CHOICES
from tests.gradients import value_and_gradients

DRAWS = np.random.default_rng(0)
TABLE = DRAWS.normal(size=(7, 3)).astype("float32")
KERNEL = DRAWS.normal(size=(3, 2)).astype("float32")
IDS = np.array([[1, 4], [4, 4], [0, 1], [6, 4], [1, 2]], "int32")
ROWS = DRAWS.normal(size=(5, 3)).astype("float32")


def call(weights, state, inputs):
    """Vectors of some ids, and a count of the calls."""
    table, kernel = weights
    ids, rows = inputs
    features = ops.mean(ops.take(table, ids, axis=0), axis=1) + rows
    outputs = [ops.tanh(ops.matmul(features, kernel)), ids]
    return outputs, {1: state[1] + 1}


def coupled(vectors):
    """Every example meets every other."""
    scores = ops.matmul(vectors, ops.transpose(vectors))
    return ops.sum(ops.logsumexp(scores, axis=-1))


def loss(chunk_size):
    def function(table, kernel, rows):
        inputs = [ops.convert_to_tensor(IDS), rows]
        state = [ops.zeros((2,)), ops.zeros((), "int32")]
        weights = [table, kernel]
        if chunk_size is None:
            outputs, _ = call(weights, state, inputs)
        else:
            outputs, _ = backend.chunked_call(
                call, weights, state, inputs, chunk_size
            )
        return coupled(outputs[0])

    return function


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
@pytest.mark.parametrize("chunk_size", [2, 5, 8])
def test_gradients_are_those_of_one_call(chunk_size, jit_compile):
    arrays = TABLE, KERNEL, ROWS
    expected = value_and_gradients(loss(None), *arrays)
    actual = value_and_gradients(
        loss(chunk_size), *arrays, jit_compile=jit_compile
    )
    np.testing.assert_allclose(actual[0], expected[0], rtol=1e-5)
    for one, other in zip(actual[1], expected[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_outputs_come_in_order_and_state_goes_from_chunk_to_chunk():
    weights = [ops.convert_to_tensor(each) for each in (TABLE, KERNEL)]
    state = [ops.zeros((2,)), ops.zeros((), "int32")]
    inputs = [ops.convert_to_tensor(each) for each in (IDS, ROWS)]
    outputs, last = backend.chunked_call(call, weights, state, inputs, 2)
    np.testing.assert_array_equal(ops.convert_to_numpy(outputs[1]), IDS)
    assert [ops.convert_to_numpy(each).tolist() for each in last] == [
        [0.0, 0.0],
        3,  # chunks of 2, 2 and 1
    ]


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="gradients are dense"
)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_gradient_of_a_table_names_its_rows(jit_compile):
    import tensorflow as tf

    table = tf.Variable(TABLE)

    @tf.function(jit_compile=jit_compile)
    def gradient():
        with tf.GradientTape() as tape:
            value = loss(2)(table, tf.constant(KERNEL), tf.constant(ROWS))
        return tape.gradient(value, table)

    slices = gradient()
    assert isinstance(slices, tf.IndexedSlices)
    # Of the ids 0, 1, 2, 4 and 6; under XLA 3 and 5 are filled up by a row of
    # zeros for id 0.
    expected = [0, 1, 2, 0, 4, 0, 6] if jit_compile else [0, 1, 2, 4, 6]
    assert slices.indices.numpy().tolist() == expected
    dense = value_and_gradients(loss(None), TABLE, KERNEL, ROWS)[1][0]
    np.testing.assert_allclose(
        tf.convert_to_tensor(slices), dense, rtol=1e-5, atol=1e-6
    )
