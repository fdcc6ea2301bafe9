"""SkipNonFinite: a step on a NaN is as if it had not been."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_addons import optimizers
from keras_addons.callbacks import RaiseOnNonFinite
from keras_addons.optimizers import SkipNonFinite
from tests.checks import check_config_round_trip
from tests.optimizers.catalog import CLASSES
from tests.optimizers.catalog import compiled_steps
from tests.optimizers.catalog import is_wrapper
from tests.optimizers.catalog import make
from tests.optimizers.catalog import new_variable
from tests.optimizers.catalog import step
from tests.optimizers.catalog import values
from tests.optimizers.training import BACKEND
from tests.optimizers.training import IDS
from tests.optimizers.training import JIT_CHOICES
from tests.optimizers.training import TARGETS
from tests.optimizers.training import new_model

OTHERS = [name for name in CLASSES if name != "SkipNonFinite"]
BAD = [np.array([[1.0, np.inf], [np.nan, 1.0]]), np.array([1.0])]


def new_variables():
    return [new_variable([[1.0, 2.0], [3.0, 4.0]]), new_variable([1.0], "bias")]


@pytest.mark.parametrize("name", OTHERS)
def test_weights_slots_and_counts_stay_bit_for_bit(name):
    weights = new_variables()
    inner = make(name, inner=keras.optimizers.Adam)
    optimizer = SkipNonFinite(inner)
    step(optimizer, [np.eye(2), [4.0]], weights)
    before = values(weights + inner.variables)
    step(optimizer, BAD, weights)
    for one, other in zip(before, values(weights + inner.variables)):
        np.testing.assert_array_equal(one, other)
    assert (optimizer.num_skipped, int(optimizer.iterations)) == (1, 1)
    step(optimizer, [np.eye(2), [4.0]], weights)
    assert int(optimizer.iterations) == 2
    assert np.any(weights[0].numpy() != before[0])


@pytest.mark.parametrize("name", [*filter(is_wrapper, OTHERS)])
def test_inside_of_a_wrapper_the_weights_stay_too(name):
    weights = new_variables()
    inner = SkipNonFinite(keras.optimizers.Adam(0.1))
    if name == "LazyOptimizer":  # takes no wrapper: outside of it then
        return
    optimizer = make(name, inner=lambda rate: inner)
    step(optimizer, [np.eye(2), [4.0]], weights)
    before = values(weights + inner.inner_optimizer.variables)
    step(optimizer, BAD, weights)
    after = values(weights + inner.inner_optimizer.variables)
    for one, other in zip(before, after):
        np.testing.assert_array_equal(one, other)
    assert inner.num_skipped == 1


def test_compiled_steps_skip_and_count_and_do_not_raise():
    weights, optimizer = new_variables(), SkipNonFinite("adam", max_in_a_row=1)
    good = [ops.eye(2), ops.ones(1)]
    bad = [ops.convert_to_tensor(each, "float32") for each in BAD]
    compiled_steps(optimizer, [good, bad, bad], weights)
    expected = new_variables()
    keras.optimizers.Adam().apply(good, expected)
    for one, other in zip(values(weights), values(expected)):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert optimizer.num_skipped == 2
    with pytest.raises(FloatingPointError, match="last 2 steps"):
        optimizer.finalize_variable_values(weights)


def test_by_hand_the_step_itself_raises_after_so_many_in_a_row():
    weights = new_variables()
    optimizer = SkipNonFinite(keras.optimizers.SGD(1.0), max_in_a_row=3)
    for gradients in (BAD, BAD, [np.eye(2), [1.0]], BAD, BAD):
        step(optimizer, gradients, weights)
    before = values(weights)
    message = r"last 3 steps were not finite \(max_in_a_row=3, 5 in all"
    with pytest.raises(FloatingPointError, match=message):
        step(optimizer, BAD, weights)
    for one, other in zip(before, values(weights)):
        np.testing.assert_array_equal(one, other)


def fitting(optimizer, targets, **arguments):
    compiling = {"run_eagerly": arguments.pop("run_eagerly", False)}
    if not compiling["run_eagerly"]:
        compiling["jit_compile"] = JIT_CHOICES[-1]
    model = new_model()
    model.compile(optimizer, "mse", **compiling)
    model.start = model.get_weights()
    return model, lambda: model.fit(
        *(IDS, targets), batch_size=8, shuffle=False, verbose=0, **arguments
    )


def assert_at_its_start(model):
    for one, other in zip(model.get_weights(), model.start):
        np.testing.assert_array_equal(one, other)


def test_fit_raises_at_its_end_at_the_latest():
    optimizer = SkipNonFinite("adam", max_in_a_row=2)
    model, fit = fitting(optimizer, np.full_like(TARGETS, np.nan))
    with pytest.raises(FloatingPointError, match="steps were not finite"):
        fit()
    assert_at_its_start(model)


def test_with_the_callback_fit_raises_after_the_batch():
    optimizer = SkipNonFinite("adam", max_in_a_row=2)
    seen = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: batches.append(batch)
    )
    batches = []
    model, fit = fitting(
        optimizer,
        np.full_like(TARGETS, np.nan),
        callbacks=[RaiseOnNonFinite(), seen],
        epochs=3,
    )
    with pytest.raises(FloatingPointError, match="last 2 steps"):
        fit()
    assert batches == [0, 1]
    assert_at_its_start(model)


def test_the_callback_needs_something_to_ask():
    _, fit = fitting("adam", TARGETS, callbacks=[RaiseOnNonFinite()])
    with pytest.raises(ValueError, match="needs a SkipNonFinite around"):
        fit()


def test_a_bad_batch_is_as_if_it_had_not_been_in_the_data():
    # The second of four batches; no loss counts it either.
    spoiled = TARGETS.copy()
    spoiled[8:16] = np.nan
    model, fit = fitting(SkipNonFinite("adam"), spoiled)
    fit()
    expected = new_model()
    expected.compile("adam", "mse", run_eagerly=BACKEND == "tensorflow")
    keep = np.r_[0:8, 16:32]
    expected.fit(
        *(IDS[keep], TARGETS[keep]), batch_size=8, shuffle=False, verbose=0
    )
    for one, other in zip(model.get_weights(), expected.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert model.optimizer.num_skipped == 1


def test_a_micro_batch_outside_and_an_update_inside():
    # 1, NaN, 3, 5, 7. Outside of the accumulation: means of (1, 3) and (5, 7).
    # Inside: (1, NaN) is skipped, then the mean of (3, 5), and 7 waits.
    for outside, expected in ((True, 8.0 - 2 - 6), (False, 8.0 - 4)):
        weight = new_variable([[8.0]])
        if outside:
            inner = optimizers.GradientAccumulation(
                keras.optimizers.SGD(1.0), 2
            )
            optimizer = SkipNonFinite(inner)
        else:
            inner = SkipNonFinite(keras.optimizers.SGD(1.0))
            optimizer = optimizers.GradientAccumulation(inner, 2)
        for value in (1.0, np.nan, 3.0, 5.0, 7.0):
            step(optimizer, [np.array([[value]])], [weight])
        assert weight.numpy() == expected


def test_counts_are_saved_and_loaded(tmp_path):
    model, _ = fitting(SkipNonFinite("adam", 3), TARGETS, run_eagerly=True)
    for targets in (np.full_like(TARGETS, np.nan), TARGETS):
        model.train_on_batch(IDS, targets)
    for _ in range(2):
        model.train_on_batch(IDS, np.full_like(TARGETS, np.nan))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.num_skipped == 3
    # Two in a row before saving, so that the next is the third.
    with pytest.raises(FloatingPointError, match="3 steps .* 4 in all"):
        step(
            loaded.optimizer,
            [np.full(v.shape, np.nan) for v in loaded.trainable_variables],
            loaded.trainable_variables,
        )


@pytest.mark.parametrize("bad", [0, -1, 1.5, True, None])
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match="`max_in_a_row` must be an integer"):
        SkipNonFinite("sgd", max_in_a_row=bad)


def test_round_trip():
    check_config_round_trip(SkipNonFinite("adam", max_in_a_row=4))


@pytest.mark.skipif(BACKEND != "tensorflow", reason="gradients are dense")
def test_rows_of_a_sparse_gradient_are_looked_at():
    import tensorflow as tf

    table = new_variable([[1.0], [2.0]])
    optimizer = SkipNonFinite(optimizers.LazyOptimizer("sgd"))
    for value in (np.nan, 1.0):
        gradient = tf.IndexedSlices(
            tf.constant([[value]]), tf.constant([1]), tf.constant([2, 1])
        )
        optimizer.apply([gradient], [table])
    np.testing.assert_allclose(table.numpy(), [[1.0], [1.99]], rtol=1e-6)
    assert optimizer.num_skipped == 1


@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.distribute")
def test_a_nan_of_one_replica_is_skipped_by_all():
    import tensorflow as tf

    from tests.strategies import mirrored_strategy

    strategy = mirrored_strategy()
    with strategy.scope():
        weight = new_variable([1.0], aggregation="mean")
        optimizer = SkipNonFinite(
            optimizers.GradientAccumulation(keras.optimizers.SGD(1.0), 2)
        )
        optimizer.build([weight])
    given = tf.constant([[1.0, 2.0], [np.nan, 1.0], [3.0, 4.0], [1.0, np.inf]])

    def apply(number):
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        optimizer.apply([given[number, replica][None]], [weight])

    run = tf.function(lambda number: strategy.run(apply, args=(number,)))
    for number in range(4):
        run(tf.constant(number))
    # The replicas' gradients are summed: 1 - (1 + 2 + 3 + 4) / 2.
    np.testing.assert_allclose(weight.numpy(), [-4.0])
    assert optimizer.num_skipped == 2
