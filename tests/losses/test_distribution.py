"""tf.distribute.MirroredStrategy on two logical CPUs equals one device."""

import keras
import numpy as np
import pytest

from keras_addons import backend
from keras_addons.losses import InBatchContrastive
from tests.losses.cases import DISTRIBUTED
from tests.losses.cases import fitted
from tests.losses.cases import normal

if keras.backend.backend() != "tensorflow":
    pytest.skip("tf.distribute is TensorFlow's", allow_module_level=True)

import tensorflow as tf

from tests.strategies import mirrored_strategy


@pytest.fixture(scope="module")
def strategy():
    return mirrored_strategy()


def test_trains_as_on_one_device(strategy):
    # Steps of 8 and of 6 rows: of the latter each replica has 3, so that the
    # partners 2 and 3 are apart.
    alone, history = fitted(DISTRIBUTED, num_rows=14)
    with strategy.scope():
        mirrored, mirrored_history = fitted(
            DISTRIBUTED, num_rows=14, eager_on_tensorflow=False
        )
    for one, other in zip(alone.get_weights(), mirrored.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        mirrored_history["loss"], history["loss"], rtol=1e-5
    )


def on_each_replica(strategy, function, rows):
    """What `function` answers to the first 2 rows, and to the other 4."""

    @tf.function
    def run(parts):
        return strategy.run(function, args=(parts,))

    parts = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(
            rows[:2] if context.replica_id_in_sync_group == 0 else rows[2:]
        )
    )
    answers = strategy.experimental_local_results(run(parts))
    return [answer.numpy() for answer in answers]


def test_rows_come_in_the_order_of_the_replicas(strategy):
    rows = normal(6, 3)
    for gathered in on_each_replica(strategy, backend.all_gather, rows):
        np.testing.assert_array_equal(gathered, rows)


def test_gradients_of_all_replicas_add_up(strategy):
    # Both replicas compute sum(gathered^2) / 2, whose gradient is 2 x 1/2 x
    # 2 rows, summed.
    def gradient(rows):
        with tf.GradientTape() as tape:
            tape.watch(rows)
            loss = tf.reduce_sum(backend.all_gather(rows) ** 2) / 2
        return tape.gradient(loss, rows)

    rows = normal(6, 3)
    gradients = on_each_replica(strategy, gradient, rows)
    np.testing.assert_allclose(np.concatenate(gradients), 2 * rows, rtol=1e-6)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum"])
def test_what_replicas_return_adds_up_to_the_loss(strategy, reduction):
    rows, loss = normal(6, 3), InBatchContrastive(reduction=reduction)
    parts = on_each_replica(strategy, lambda rows: loss(None, rows), rows)
    np.testing.assert_allclose(sum(parts), loss(None, rows), rtol=1e-5)


def test_alone_nothing_is_gathered(strategy):
    rows = tf.constant(normal(6, 3))
    assert backend.all_gather(rows) is rows
    with strategy.scope():  # not in a replica
        assert backend.all_gather(rows) is rows
