import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.optimizers import EGDD
from keras_addons.optimizers import AccumulatedAdam
from keras_addons.optimizers import AdaFactor
from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import LazyOptimizer
from keras_addons.optimizers import Lookahead
from tests.checks import check_config_round_trip
from tests.optimizers.training import BACKEND
from tests.optimizers.training import JIT_CHOICES
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import new_model
from tests.optimizers.training import state_of
from tests.optimizers.training import steps
from tests.optimizers.training import trained

ELEMENTWISE = {
    "adam": lambda: keras.optimizers.Adam(0.01),
    "amsgrad": lambda: keras.optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "nesterov": lambda: keras.optimizers.SGD(0.1, 0.9, nesterov=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01, centered=True),
    "adagrad": lambda: keras.optimizers.Adagrad(0.1),
    "adadelta": lambda: keras.optimizers.Adadelta(0.1),
    "adamax": lambda: keras.optimizers.Adamax(0.01),
    "nadam": lambda: keras.optimizers.Nadam(0.01),
    "ftrl": lambda: keras.optimizers.Ftrl(0.1),
    "lion": lambda: keras.optimizers.Lion(0.01),
}
# Rows with a gradient in both steps, in the first, in the second, in none.
GRADIENTS = np.array(
    [
        [[1.0, -2.0], [0.5, 0.0], [0.0, 0.0], [0.0, 0.0]],
        [[3.0, 0.1], [0.0, 0.0], [-1.0, 2.0], [0.0, 0.0]],
    ]
)
START = np.linspace(-1, 1, 8).reshape(4, 2)


@pytest.mark.parametrize("inner", ELEMENTWISE)
def test_rows_step_as_if_only_they_were_there(inner):
    # Each row with an optimizer of its own, as a plain loop: where the row
    # has no gradient the step count moves on, its weight and slots do not.
    expected = START.astype("float32")
    for row in range(4):
        weight = keras.Variable(START[row], dtype="float32")
        optimizer = ELEMENTWISE[inner]()
        optimizer.build([weight])
        state = [
            variable
            for variable in [weight, *optimizer.variables]
            if variable.shape == weight.shape
        ]
        for gradient in GRADIENTS[:, row].astype("float32"):
            before = [variable.numpy() for variable in state]
            optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weight])
            if not gradient.any():
                for variable, value in zip(state, before):
                    variable.assign(value)
        expected[row] = weight.numpy()
    actual = steps(LazyOptimizer(ELEMENTWISE[inner]()), GRADIENTS, START)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(actual[3], START[3].astype("float32"))


@pytest.mark.parametrize(
    "inner, jit_compile",
    [("adam", JIT_CHOICES[-1]), ("adamw", False), ("nesterov", False)],
)
def test_untouched_rows_and_their_slots_are_bit_unchanged(inner, jit_compile):
    # IDS are 0 to 7; rows 8 to 11 never occur.
    start = new_model().get_weights()[0]
    optimizer = LazyOptimizer(ELEMENTWISE[inner]())
    model = trained(optimizer, jit_compile)
    table = model.get_weights()[0]
    np.testing.assert_array_equal(table[8:], start[8:])
    assert np.all(table[:8] != start[:8])
    slots = [v for v in optimizer.variables if tuple(v.shape) == table.shape]
    assert slots
    for slot in slots:
        np.testing.assert_array_equal(slot.numpy()[8:], 0.0)


def masked_model():
    """A mean over the ids that are not 0, with a masked embedding."""
    ids = keras.Input((3,), dtype="int32")
    features = keras.layers.Embedding(4, 2, mask_zero=True)(ids)
    features = keras.layers.GlobalAveragePooling1D()(features)
    return keras.Model(ids, keras.layers.Dense(1)(features))


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_a_row_of_the_batch_without_a_gradient_stays(jit_compile):
    # Every row has a momentum, and decays; of the batch 1 has a gradient and 0
    # is masked.
    inner = keras.optimizers.AdamW(0.1, weight_decay=0.5)
    model = masked_model()
    model.compile(LazyOptimizer(inner), "mse", jit_compile=jit_compile)
    table = model.layers[1].embeddings
    model.train_on_batch(np.array([[1, 2, 0]]), np.ones((1, 1)))
    slots = state_of(inner, "embeddings_momentum")
    slots += state_of(inner, "embeddings_velocity")
    for slot in slots:
        slot.assign(np.ones((4, 2)))
    before = table.numpy()
    model.train_on_batch(np.array([[1, 0, 0]]), np.ones((1, 1)))
    for variable, start in zip([table, *slots], [before, 1.0, 1.0]):
        has_moved = np.any(variable.numpy() != start, axis=1)
        np.testing.assert_array_equal(has_moved, [False, True, False, False])


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.lists(
        st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=4
    ),
    st.sampled_from(["sgd", "adam", "lion"]),
)
def test_rows_without_gradient_stay_bit_by_bit_for_any_batches(touched, inner):
    random = np.random.default_rng(0)
    table = keras.Variable(START, dtype="float32", name="embeddings")
    optimizer = LazyOptimizer(inner)
    for rows in touched:
        gradient = random.normal(size=(4, 2)) * np.array(rows)[:, None]
        before = table.numpy().copy()
        optimizer.apply(
            [keras.ops.convert_to_tensor(gradient, "float32")], [table]
        )
        has_moved = np.any(table.numpy() != before, axis=1)
        np.testing.assert_array_equal(has_moved, rows)


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_an_id_that_repeats_is_summed_before_the_square(jit_compile):
    # One id three times, each with the gradient g / 3 of a sum of outputs.
    # v = 0.001 * (3 * g)^2 with g = 1 is 0.009; squaring each occurrence and
    # summing gives 0.003.
    ids = keras.Input((3,), dtype="int32")
    model = keras.Model(ids, keras.layers.Embedding(2, 1)(ids))
    optimizer = LazyOptimizer(keras.optimizers.Adam(0.0))
    model.compile(optimizer, sum_of_outputs, jit_compile=jit_compile)
    model.fit(np.ones((1, 3), "int32"), np.zeros((1, 3, 1)), verbose=0)
    velocity = state_of(optimizer, "velocity")[0].numpy()
    np.testing.assert_allclose(velocity, [[0.0], [0.009]], rtol=1e-5)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="gradients are dense")
def test_keras_adam_on_tensorflow_squares_each_occurrence():
    # Why the test above exists; when this fails, Keras has been mended.
    ids = keras.Input((3,), dtype="int32")
    model = keras.Model(ids, keras.layers.Embedding(2, 1)(ids))
    optimizer = keras.optimizers.Adam(0.0)
    model.compile(optimizer, sum_of_outputs, run_eagerly=True)
    model.fit(np.ones((1, 3), "int32"), np.zeros((1, 3, 1)), verbose=0)
    velocity = state_of(optimizer, "velocity")[0].numpy()
    np.testing.assert_allclose(velocity, [[0.0], [0.003]], rtol=1e-5)


def sum_of_outputs(y_true, y_pred):
    return keras.ops.sum(y_pred, axis=(1, 2))


def test_without_momentum_it_is_the_inner_optimizer():
    model = trained(LazyOptimizer(keras.optimizers.SGD(0.1)))
    assert_same_weights(model, trained(keras.optimizers.SGD(0.1)))


@pytest.mark.parametrize("clip", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_clipping_sees_the_summed_rows(clip):
    # Every id repeats. The reference is SGD on the dense gradient: around a
    # one-hot product there is no sparse gradient on any backend.
    def one_hot_model():
        keras.utils.set_random_seed(0)
        ids = keras.Input((5,), dtype="int32")
        vectors = keras.layers.CategoryEncoding(12, "one_hot")
        features = keras.layers.Dense(4, use_bias=False)(vectors(ids))
        features = keras.layers.GlobalAveragePooling1D()(features)
        return keras.Model(ids, keras.layers.Dense(1)(features))

    def sparse_model():
        ids = keras.Input((5,), dtype="int32")
        features = keras.layers.Embedding(12, 4)(ids)
        features = keras.layers.GlobalAveragePooling1D()(features)
        model = keras.Model(ids, keras.layers.Dense(1)(features))
        model.set_weights(one_hot_model().get_weights())
        return model

    new = lambda: keras.optimizers.SGD(0.1, **{clip: 0.01})  # noqa: E731
    dense = trained(new(), model=one_hot_model())
    sparse = trained(LazyOptimizer(new()), model=sparse_model())
    assert_same_weights(sparse, dense)


def test_weight_decay_acts_on_touched_rows_alone():
    # w - 0.5 * 0.1 * w - 0.1 * g for the first row: 2 - 0.1 - 0.1 = 1.8.
    optimizer = LazyOptimizer(keras.optimizers.SGD(0.1, weight_decay=0.5))
    weights = steps(optimizer, [[[1.0], [0.0]]], start=[[2.0], [2.0]])
    np.testing.assert_allclose(weights, [[1.8], [2.0]], rtol=1e-6)


@pytest.mark.parametrize("inner", ["adam", "nesterov", "nadam"])
def test_update_slots_lets_the_momentum_of_untouched_rows_decay(inner):
    # The blog's rule: step all rows, then keep the touched ones only.
    expected = START.astype("float32")
    weight = keras.Variable(expected)
    optimizer = ELEMENTWISE[inner]()
    for gradient in GRADIENTS:
        touched = gradient.any(axis=1, keepdims=True)
        weight.assign(expected)
        gradient = keras.ops.convert_to_tensor(gradient, dtype="float32")
        optimizer.apply([gradient], [weight])
        expected = np.where(touched, weight.numpy(), expected)
    lazy = LazyOptimizer(ELEMENTWISE[inner](), update_slots=True)
    actual = steps(lazy, GRADIENTS, START)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)
    for slot, wanted in zip(
        lazy.inner_optimizer.variables, optimizer.variables
    ):
        np.testing.assert_allclose(slot.numpy(), wanted.numpy(), rtol=1e-6)


@pytest.mark.parametrize("update_slots", [False, True])
def test_update_slots_in_fit(update_slots):
    start = new_model().get_weights()[0]
    model = trained(LazyOptimizer("adam", update_slots=update_slots))
    np.testing.assert_array_equal(model.get_weights()[0][8:], start[8:])


def test_accumulated_gradients_are_lazy_too():
    start = new_model().get_weights()[0]
    optimizer = GradientAccumulation(LazyOptimizer("adam"), steps=2)
    model = trained(Lookahead(optimizer, sync_period=2))
    np.testing.assert_array_equal(model.get_weights()[0][8:], start[8:])


@pytest.mark.parametrize(
    "inner",
    [
        keras.optimizers.Lamb,
        keras.optimizers.Muon,
        keras.optimizers.Adafactor,
        AdaFactor,
        EGDD,
        lambda: Lookahead("adam"),
        lambda: GradientAccumulation("adam", 2),
    ],
)
def test_what_is_not_elementwise_is_refused(inner):
    with pytest.raises(ValueError, match="must be elementwise"):
        LazyOptimizer(inner())


def test_hidden_accumulation_is_refused():
    # Rows that a micro-batch lacks would miss the update of the others.
    for inner in (
        AccumulatedAdam(steps=2),
        keras.optimizers.Adam(gradient_accumulation_steps=2),
    ):
        with pytest.raises(ValueError, match="must not accumulate"):
            LazyOptimizer(inner)


def test_embeddings_may_be_named_by_layer_or_pattern():
    model = new_model()
    for embeddings in (model.get_layer("table"), ["^table/"], "table"):
        optimizer = LazyOptimizer("adam", embeddings=embeddings)
        optimizer.build(model.trainable_variables)
        are_lazy = map(optimizer.is_lazy, model.trainable_variables)
        assert list(are_lazy) == [True, False, False]


def test_a_pattern_that_matches_nothing_is_refused():
    optimizer = LazyOptimizer("adam", embeddings=["token"])
    with pytest.raises(ValueError, match="'token' matches none of"):
        optimizer.build(new_model().trainable_variables)


def test_embeddings_must_be_layers_or_patterns():
    with pytest.raises(ValueError, match="layers or regular expressions"):
        LazyOptimizer("adam", embeddings=[3])


def test_a_number_has_no_rows_and_steps_as_the_inner_optimizer_steps():
    # Named by default, and by the pattern of a layer that also has a table.
    for embeddings in (None, ["^layer/"]):
        with keras.name_scope("layer"):
            table, number = (
                keras.Variable(np.ones(shape), name="embeddings")
                for shape in ((2, 1), ())
            )
        optimizer = LazyOptimizer(
            keras.optimizers.SGD(1.0, momentum=0.5), embeddings
        )
        for gradient in (1.0, 0.0):  # 1 - 1 = 0, then the momentum: -0.5
            optimizer.apply(
                [keras.ops.full((2, 1), gradient), keras.ops.array(gradient)],
                [table, number],
            )
        np.testing.assert_array_equal(table.numpy(), [[0.0], [0.0]])
        assert number.numpy() == -0.5
        assert [optimizer.is_lazy(each) for each in (table, number)] == [1, 0]


def test_a_number_alone_is_nothing_to_do():
    number = keras.Variable(1.0, name="embeddings")
    assert not LazyOptimizer("sgd").is_lazy(number)
    with pytest.raises(ValueError, match="nothing to do: no variable with row"):
        LazyOptimizer("sgd").apply([keras.ops.ones(())], [number])


def test_a_model_without_embeddings_is_refused():
    weight = keras.Variable([1.0], name="kernel")
    with pytest.raises(ValueError, match="nothing to do"):
        LazyOptimizer("adam").apply([keras.ops.ones(1)], [weight])


@pytest.mark.skipif(BACKEND != "tensorflow", reason="gradients are dense")
@pytest.mark.parametrize("inner", ["adamw", "nesterov"])
def test_sparse_rows_that_sum_to_zero_stay(inner):
    # Row 2 cancels, row 0 is zero, row 1 has 3; then all are zero.
    import tensorflow as tf

    table = keras.Variable(START, dtype="float32", name="embeddings")
    optimizer = LazyOptimizer(ELEMENTWISE[inner]())
    for rows, moved in (
        ([[1.0, 1.0], [0.0, 0.0], [3.0, 0.0], [-1.0, -1.0]], [1]),
        ([[0.0, 0.0]] * 4, []),
    ):
        before = table.numpy()
        optimizer.apply(
            [tf.IndexedSlices(tf.constant(rows), [2, 0, 1, 2], (4, 2))], [table]
        )
        has_moved = np.any(table.numpy() != before, axis=1)
        np.testing.assert_array_equal(np.flatnonzero(has_moved), moved)


@pytest.mark.skipif(BACKEND != "tensorflow", reason="gradients are dense")
def test_on_tensorflow_a_sparse_gradient_needs_no_name():
    import tensorflow as tf

    weight = keras.Variable(np.ones((3, 1), "float32"), name="kernel")
    slices = tf.IndexedSlices(tf.ones((2, 1)), tf.constant([2, 2]), (3, 1))
    optimizer = LazyOptimizer(keras.optimizers.SGD(1.0, momentum=0.9))
    optimizer.apply([slices], [weight])
    assert weight.numpy().tolist() == [[1.0], [1.0], [-1.0]]


def test_average_follows_all_rows():
    inner = keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.0)
    model = trained(LazyOptimizer(inner))
    average = state_of(inner, "average")[0].numpy()
    np.testing.assert_allclose(average, model.get_weights()[0], rtol=1e-6)


def test_round_trip():
    layer = keras.layers.Embedding(3, 2, name="words")
    copy = check_config_round_trip(LazyOptimizer("adam", [layer], True))
    assert copy.embeddings == ["(^|/)words/"]
