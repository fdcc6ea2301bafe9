import keras
import numpy as np
import pytest
from keras import ops

from keras_addons import backend


def apply_if(condition):
    """A step that doubles one variable and reads another under a condition."""
    weight = keras.Variable([1.0, 2.0])
    other = keras.Variable([10.0, 10.0])

    def update():
        weight.assign(weight * 2.0 + other)

    backend.conditional_update(
        ops.convert_to_tensor(condition), update, [weight, other]
    )
    return weight.numpy().tolist(), other.numpy().tolist()


def test_conditional_update_assigns_where_the_condition_holds():
    assert apply_if(True) == ([12.0, 14.0], [10.0, 10.0])


def test_conditional_update_leaves_all_where_it_does_not():
    assert apply_if(False) == ([1.0, 2.0], [10.0, 10.0])


@pytest.mark.parametrize("shape", [(12, 32), (2, 12, 5)])
def test_a_table_that_is_computed_once_keeps_its_bits(shape):
    random = np.random.default_rng(0)
    table = random.normal(0, 100, shape).astype("float32")
    kept = backend.computed_once(ops.convert_to_tensor(table))
    np.testing.assert_array_equal(ops.convert_to_numpy(kept), table)


def test_a_cumulative_logsumexp_is_that_of_each_beginning():
    # A low number stands for an empty sum; the sums alone would overflow.
    rows = np.random.default_rng(0).normal(0, 100, (3, 7)).astype("float32")
    rows[1, :2] = -1e30
    expected = np.logaddexp.accumulate(rows.astype("float64"), axis=-1)
    sums = backend.cumulative_logsumexp(ops.convert_to_tensor(rows))
    actual = ops.convert_to_numpy(sums)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_accumulate_adds_in_place():
    total = keras.Variable([1.0, 2.0])
    backend.accumulate(total, ops.convert_to_tensor([0.5, -1.0]))
    assert total.numpy().tolist() == [1.5, 1.0]


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="gradients are dense"
)
@pytest.mark.parametrize("jit_compile", [False, True])
def test_combined_rows_sum_each_id_once(jit_compile):
    import tensorflow as tf

    ids = tf.constant([4, 1, 4, 0, 4])
    values = tf.constant([[1.0], [2.0], [3.0], [4.0], [5.0]])

    @tf.function(jit_compile=jit_compile)
    def combine(values, ids):
        slices = tf.IndexedSlices(values, ids, tf.constant([6, 1]))
        combined = backend.combine_rows(slices)
        return combined.values, combined.indices

    combined, indices = combine(values, ids)
    # Three ids, then padding: the smallest id with rows of zeros.
    assert indices.numpy().tolist() == [0, 1, 4, 0, 0]
    np.testing.assert_array_equal(combined[:, 0], [4.0, 2.0, 9.0, 0.0, 0.0])


def test_gathered_rows_are_the_rows_of_the_table():
    table = keras.Variable([[1.0], [2.0], [3.0]])
    rows = backend.gather_rows(table, ops.convert_to_tensor([[2, 0]]))
    assert ops.convert_to_numpy(rows).tolist() == [[[3.0], [1.0]]]


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize("as_number", [int, ops.convert_to_tensor])
def test_a_written_slice_is_that_of_numpy(start, as_number):
    table = np.arange(12, dtype="float32").reshape(3, 4)
    values = -np.ones((3, 2), "float32")
    expected = table.copy()
    expected[:, start : start + 2] = values
    written = backend.write_slice(
        ops.convert_to_tensor(table.copy()),
        1,
        as_number(start),
        ops.convert_to_tensor(values),
    )
    np.testing.assert_array_equal(ops.convert_to_numpy(written), expected)


def test_a_predictor_answers_without_dropout_and_follows_the_weights():
    inputs = keras.Input((3,))
    dense = keras.layers.Dense(2, use_bias=False)
    outputs = dense(keras.layers.Dropout(0.5)(inputs))
    predict = backend.predictor(keras.Model(inputs, outputs))
    rows = np.ones((4, 3), "float32")
    for factor in (1.0, 2.0):
        dense.kernel.assign(factor * np.ones((3, 2)))
        np.testing.assert_allclose(predict(rows), np.full((4, 2), 3 * factor))


class Counter(keras.Model):
    """Answers how often it was called, times a weight."""

    def __init__(self):
        super().__init__()
        self.factor = self.add_weight(shape=(), initializer="ones")
        self.calls = self.add_weight(
            shape=(), initializer="zeros", trainable=False
        )
        self.built = True

    def call(self, inputs):
        self.calls.assign(self.calls + 1.0)
        return self.calls * self.factor * inputs["rows"]


def test_a_predictor_of_steps_assigns_once_a_call_and_follows_the_weights():
    model = Counter()
    step = backend.predictor_of_steps(model)
    small = {"rows": np.ones((2, 3), "float32")}
    wide = {"rows": np.full((2, 4), 10.0, "float32")}
    answers = [step(each)[0, 0] for each in (small, small, wide, small)]
    assert answers == [1.0, 2.0, 30.0, 4.0]
    model.factor.assign(7.0)
    assert [step(each)[0, 0] for each in (wide, small)] == [350.0, 42.0]


def test_where_gradients_are_recorded_the_tensor_stays_as_it_was():
    zeros = ops.zeros((2, 2))
    backend.write_slice(zeros, 0, 0, ops.ones((1, 2)))
    assert not ops.convert_to_numpy(zeros).any()


@pytest.mark.parametrize("shape", [(300, 7), (256, 3), (5, 3), (300, 10)])
def test_products_with_squares_are_those_of_the_whole_matrix(
    shape, monkeypatch
):
    # JAX takes 128 rows at a time: two blocks and a rest, two blocks, a rest.
    # TensorFlow here 100 numbers at a time: 21 blocks and a rest, 7 and a
    # rest, all at once, and 30 blocks without a rest.
    monkeypatch.setattr(backend.squares, "BLOCK_SIZE", 100, raising=False)
    random = np.random.default_rng(0)
    matrix = random.normal(size=shape).astype("float32")
    column = random.normal(size=(shape[1], 1)).astype("float32")
    row = random.normal(size=(1, shape[0])).astype("float32")
    products = backend.products_with_squares(ops.convert_to_tensor(matrix))
    right, left = map(
        ops.convert_to_numpy,
        products(*map(ops.convert_to_tensor, (column, row))),
    )
    np.testing.assert_allclose(right, matrix**2 @ column, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(left, row @ matrix**2, rtol=1e-4, atol=1e-4)
    alone, nothing = products(ops.convert_to_tensor(column))
    alone = ops.convert_to_numpy(alone)
    np.testing.assert_allclose(alone, right, rtol=1e-6)
    assert nothing is None


@pytest.mark.parametrize("shape", [(), (3,), (4, 5), (2, 3, 4)])
def test_mean_square_is_that_of_numpy(shape):
    tensor = np.random.default_rng(0).normal(size=shape).astype("float32")
    mean = backend.mean_square(ops.convert_to_tensor(tensor))
    expected = np.mean(np.square(tensor))
    np.testing.assert_allclose(ops.convert_to_numpy(mean), expected, rtol=1e-5)
