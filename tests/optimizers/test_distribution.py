"""tf.distribute.MirroredStrategy on two logical CPUs equals one device."""

import keras
import numpy as np
import pytest

from keras_addons import optimizers
from tests.optimizers.catalog import new_variable
from tests.optimizers.catalog import values
from tests.optimizers.distributed_cases import CASES
from tests.optimizers.training import BACKEND
from tests.optimizers.training import assert_same_weights
from tests.optimizers.training import fit_arguments
from tests.optimizers.training import new_model

if BACKEND != "tensorflow":
    pytest.skip("tf.distribute is TensorFlow's", allow_module_level=True)

import tensorflow as tf

from tests.optimizers.training import state_of
from tests.strategies import mirrored_strategy

NUM_STEPS = 7
RANDOM = np.random.default_rng(0)
# Of each step and replica: ids that repeat with their rows, and two others.
IDS = RANDOM.integers(0, 8, (NUM_STEPS, 2, 6))
ROWS = RANDOM.normal(size=(NUM_STEPS, 2, 6, 4)).astype("float32")
KERNEL = RANDOM.normal(size=(NUM_STEPS, 2, 4, 1)).astype("float32")
BIAS = RANDOM.normal(size=(NUM_STEPS, 2, 1)).astype("float32")


@pytest.fixture(scope="module")
def strategy():
    return mirrored_strategy()


def new_variables():
    random = np.random.default_rng(1)
    return [
        new_variable(random.normal(size=(12, 4)), aggregation="mean"),
        new_variable(random.normal(size=(4, 1)), "kernel", aggregation="mean"),
        new_variable([1.0], "bias", aggregation="mean"),
    ]


def sparse(rows, ids):
    rows, ids = tf.reshape(rows, (-1, 4)), tf.reshape(ids, (-1,))
    return tf.IndexedSlices(rows, ids, tf.constant([12, 4]))


def mirrored(make_optimizer, strategy):
    with strategy.scope():
        variables, optimizer = new_variables(), make_optimizer()
        optimizer.build(variables)

    def apply(number):
        context = tf.distribute.get_replica_context()
        at = (number, context.replica_id_in_sync_group)
        ids, *arrays = (
            tf.constant(each)[at] for each in (IDS, ROWS, KERNEL, BIAS)
        )
        rows, kernel, bias = arrays
        optimizer.apply([sparse(rows, ids), kernel, bias], variables)

    step = tf.function(lambda number: strategy.run(apply, args=(number,)))
    for number in range(NUM_STEPS):
        step(tf.constant(number))
    optimizer.finalize_variable_values(variables)
    return optimizer, variables


def alone(make_optimizer):
    """On the sums of the replicas' gradients, as Keras' optimizers take."""
    variables, optimizer = new_variables(), make_optimizer()
    for ids, rows, kernel, bias in zip(IDS, ROWS, KERNEL, BIAS):
        others = [tf.constant(each.sum(axis=0)) for each in (kernel, bias)]
        optimizer.apply([sparse(rows, ids), *others], variables)
    optimizer.finalize_variable_values(variables)
    return optimizer, variables


@pytest.mark.parametrize("case", CASES)
def test_steps_of_two_replicas_are_those_of_one_device(case, strategy):
    assert strategy.num_replicas_in_sync == 2
    two, variables = mirrored(CASES[case], strategy)
    one, expected = alone(CASES[case])
    for actual, wanted in zip(values(variables), values(expected)):
        np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-5)
    assert two.iterations.numpy() == one.iterations.numpy()


def fitted(make_optimizer, **arguments):
    # 8 micro-batches of 8; of accumulation over 3 two of them are left over.
    model = new_model()
    model.compile(make_optimizer(), "mse", **arguments)
    model.fit(**fit_arguments())
    return model


def test_fit_on_two_replicas_equals_fit_on_one_device(strategy):
    def averaged():
        inner = optimizers.GradientAccumulation("adam", steps=3)
        return optimizers.ExponentialMovingAverage(inner, momentum=0.5)

    one = fitted(averaged, run_eagerly=True)
    with strategy.scope():
        two = fitted(averaged)
    assert_same_weights(two, one, tolerance=1e-5)
    assert two.optimizer.iterations.numpy() == 3
    with one.optimizer.averaged_weights(), two.optimizer.averaged_weights():
        assert_same_weights(two, one, tolerance=1e-5)
    assert_same_weights(two, one, tolerance=1e-5)
    # Where the averages are still in the model, the first step puts back.
    for model in (one, two):
        model.optimizer.assign_averages()
        model.fit(**fit_arguments(epochs=1))
        (checksums,) = state_of(model.optimizer, "checksums")
        assert not np.any(checksums.numpy())
    assert_same_weights(two, one, tolerance=1e-5)


def test_sums_of_the_replicas_survive_saving(strategy, tmp_path):
    # One micro-batch of three waits in the sums when the file is written.
    def waiting(**arguments):
        model = new_model()
        optimizer = optimizers.GradientAccumulation("sgd", steps=3)
        model.compile(optimizer, "mse", **arguments)
        model.train_on_batch(*batch)
        return model

    arguments = fit_arguments()
    batch = arguments["x"][:8], arguments["y"][:8]
    with strategy.scope():
        two = waiting()
        two.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    one = waiting(run_eagerly=True)
    for actual, expected in zip(
        state_of(loaded.optimizer, "sum"), state_of(one.optimizer, "sum")
    ):
        np.testing.assert_allclose(actual.numpy(), expected.numpy(), atol=1e-6)


def test_keras_own_accumulation_raises_here(strategy):
    # When this fails, Keras has been mended: say so in the docstring.
    def keras_own():
        return keras.optimizers.Adam(gradient_accumulation_steps=3)

    with strategy.scope(), pytest.raises(RuntimeError, match="merge_call"):
        fitted(keras_own)
