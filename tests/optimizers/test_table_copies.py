"""A lazy step around Keras' `Embedding` never copies the table."""

import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_addons.optimizers import LazyOptimizer

if keras.backend.backend() != "tensorflow":
    pytest.skip("gradients are dense", allow_module_level=True)

import tensorflow as tf

NUM_ROWS, SIZE = 80_000, 128  # 41 MB: malloc gives and takes it alone
RANDOM = np.random.default_rng(0)
IDS = RANDOM.integers(0, NUM_ROWS, (8 * 32, 16)).astype("int32")
FEATURES = RANDOM.normal(size=(8 * 32, 4)).astype("float32")
TARGETS = RANDOM.normal(size=(8 * 32, 1)).astype("float32")


def average(table, ids):
    return keras.layers.GlobalAveragePooling1D()(table(ids))


def sequential():
    return keras.Sequential(
        [
            keras.Input((16,), dtype="int32"),
            keras.layers.Embedding(NUM_ROWS, SIZE),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(1),
        ]
    )


def with_second_input():
    ids, features = keras.Input((16,), dtype="int32"), keras.Input((4,))
    vectors = average(keras.layers.Embedding(NUM_ROWS, SIZE), ids)
    vectors = keras.layers.Concatenate()([vectors, features])
    return keras.Model([ids, features], keras.layers.Dense(1)(vectors))


def with_several_tables():
    ids = keras.Input((16,), dtype="int32")
    tables = [keras.layers.Embedding(NUM_ROWS, SIZE) for _ in range(2)]
    # The first table is looked up twice, the second time last of all.
    vectors = [average(t, ids) for t in (*tables, tables[0])]
    vectors = keras.layers.Concatenate()(vectors)
    return keras.Model(ids, keras.layers.Dense(1)(vectors))


MODELS = [sequential, with_second_input, with_several_tables]


def compiled(model, **arguments):
    model.compile(LazyOptimizer(keras.optimizers.Adam()), "mse", **arguments)
    return model


def inputs_of(model):
    return IDS if len(model.inputs) == 1 else (IDS, FEATURES)


class Batches(keras.utils.PyDataset):
    def __init__(self, inputs):
        super().__init__()
        self.inputs = inputs

    def __len__(self):
        return len(TARGETS) // 32

    def __getitem__(self, index):
        rows = slice(32 * index, 32 * (index + 1))
        return keras.tree.map_structure(
            lambda array: array[rows], (self.inputs, TARGETS)
        )


def train_from_tf_data(model):
    dataset = tf.data.Dataset.from_tensor_slices((inputs_of(model), TARGETS))
    model.fit(dataset.batch(32), shuffle=False, verbose=0)


def train_from_py_dataset(model):
    model.fit(Batches(inputs_of(model)), shuffle=False, verbose=0)


def train_on_batches(model):
    batches = Batches(inputs_of(model))
    for index in range(len(batches)):
        model.train_on_batch(*batches[index])


WAYS = [train_from_tf_data, train_from_py_dataset, train_on_batches]


def bytes_beyond(train, model):
    """The most that `train` holds at a time beyond what is held before it."""
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    train(model)
    return resident("VmHWM") - before


def resident(name):
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split(f"{name}:")[1].split()[0])


def check_no_copy(train, model):
    table_bytes = 4 * NUM_ROWS * SIZE
    train(model)  # traces, compiles and makes the slots
    beyond = [bytes_beyond(train, model) for _ in range(3)]
    # A copy lives beside its original; the rows of a batch are 0.3 MB.
    assert max(beyond) < table_bytes / 2


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@on_linux
@pytest.mark.parametrize("train", WAYS, ids=lambda train: train.__name__)
def test_no_step_copies_a_table(train):
    check_no_copy(train, compiled(sequential()))


@on_linux
@pytest.mark.parametrize("model", MODELS[1:], ids=lambda model: model.__name__)
def test_no_step_of_another_model_copies_a_table(model):
    check_no_copy(train_from_tf_data, compiled(model()))


@on_linux
@pytest.mark.parametrize(
    "arguments",
    [{"jit_compile": True}, {"steps_per_execution": 4}],
    ids=["jit_compile", "steps_per_execution"],
)
def test_no_step_copies_a_table_when_compiled_with(arguments):
    check_no_copy(train_from_tf_data, compiled(sequential(), **arguments))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_rows_are_read_when_no_alias_of_their_table_is_left(model):
    # An alias dies with its last consumer. The executor keeps an order only
    # where the graph has one, so the copy is there or not by chance; an order
    # that is missing is seen at once.
    model = compiled(model())
    batch = Batches(inputs_of(model))[0]
    model.optimizer.build(model.trainable_variables)
    data = tf.nest.map_structure(tf.constant, batch)
    graph = tf.function(model.train_step).get_concrete_function(data).graph
    tables = [v for v in model.trainable_variables if v.shape[0] == NUM_ROWS]
    for table in tables:
        uses = graph.capture(table.value.handle).consumers()
        aliases = [use for use in uses if use.type == "ReadVariableOp"]
        readers = [r for alias in aliases for r in alias.outputs[0].consumers()]
        row_reads = [use for use in uses if use.type == "ResourceGather"]
        assert readers and row_reads
        for row_read in row_reads:
            assert {*aliases, *readers} <= ancestors(row_read)


def test_rows_are_read_when_no_view_of_their_table_is_left():
    # A reshaped table is the same buffer; its lookup has no gradient here.
    table = keras.Variable(np.ones((3, 2)), name="embeddings")
    optimizer = LazyOptimizer("sgd")
    optimizer.build([table])

    @tf.function
    def step():
        late = tf.gather(tf.reshape(table.value, (6, 1)), [5], name="late")
        gradient = tf.IndexedSlices(tf.ones((1, 2)), [2], (3, 2))
        optimizer.apply([gradient], [table])
        return late

    graph = step.get_concrete_function().graph
    uses = graph.capture(table.value.handle).consumers()
    row_reads = [use for use in uses if use.type == "ResourceGather"]
    late = graph.get_operation_by_name("late")
    assert row_reads
    assert all(late in ancestors(row_read) for row_read in row_reads)


def ancestors(operation):
    """Every operation that has ended when this one begins."""
    found, new = set(), [operation]
    while new:
        operation = new.pop()
        before = [tensor.op for tensor in operation.inputs]
        before = {*before, *operation.control_inputs} - found
        found |= before
        new += before
    return found
