"""TensorFlow: the replicas and strategies of tf.distribute."""

import functools
import weakref
from contextlib import contextmanager

import keras
import tensorflow as tf

SUPPORTED = {"_DefaultDistributionStrategy", "MirroredStrategy"}
# Strategies whose public name is not the name of the class.
PUBLIC_NAMES = {
    "CollectiveAllReduceStrategy": "MultiWorkerMirroredStrategy",
    "ParameterServerStrategyV2": "ParameterServerStrategy",
    "TPUStrategyV2": "TPUStrategy",
}


def any_replica(condition):
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return condition
    count = replica.all_reduce("SUM", tf.cast(condition, tf.int32))
    return count > 0


def all_gather(embeddings):
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return embeddings
    rows = replica.all_gather(embeddings, axis=0)
    return tf.ensure_shape(rows, [None, *embeddings.shape[1:]])


def sum_over_replicas(tensor):
    replica = tf.distribute.get_replica_context()
    if replica is None or replica.num_replicas_in_sync == 1:
        return tensor
    return replica.all_reduce("SUM", tensor)


def num_replicas():
    return tf.distribute.get_strategy().num_replicas_in_sync


def data_parallel():
    return in_scope(mirrored_strategy())


@functools.cache
def mirrored_strategy():
    # One for the process: a second one would take its collectives.
    kinds = map(tf.config.list_logical_devices, ("GPU", "CPU"))
    devices = next(each for each in kinds if each)
    return tf.distribute.MirroredStrategy([each.name for each in devices])


@contextmanager
def in_scope(strategy):
    with strategy.scope():
        yield strategy.num_replicas_in_sync


def splits_batches():
    return True


# Of models that a strategy holds; weak, so that none is kept for it.
predictors = weakref.WeakKeyDictionary()


def predict_batch(model, inputs):
    if model.distribute_strategy.num_replicas_in_sync == 1:
        return model.predict_on_batch(inputs)
    if model not in predictors:
        reference = weakref.ref(model)
        predictors[model] = tf.function(
            lambda inputs: reference()(inputs, training=False),
            reduce_retracing=True,
        )
    outputs = predictors[model](keras.tree.map_structure(tf.constant, inputs))
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def layout_of(variable):
    """Returns None: tf.distribute copies each variable to each device."""


def raise_if_strategy_unsupported(optimizer, variables=()):
    for strategy in strategies_of(optimizer, variables):
        if not is_supported(type(strategy)):
            raise ValueError(
                f"{type(optimizer).__name__} was not shown to work under "
                f"tf.distribute.{public_name(strategy)}. For several "
                "devices of one host use tf.distribute.MirroredStrategy, for "
                "several hosts the JAX backend with "
                "keras.distribution.initialize, for one device no strategy."
            )


def raise_if_strategy(optimizer, variables=()):
    raise_if_strategy_unsupported(optimizer, variables)
    for strategy in strategies_of(optimizer, variables):
        if type(strategy).__name__ != "_DefaultDistributionStrategy":
            raise ValueError(
                f"{type(optimizer).__name__} does not work under "
                f"tf.distribute.{public_name(strategy)}. Take MasterWeights, "
                "which does, or the JAX backend."
            )


def strategies_of(optimizer, variables):
    strategies = [getattr(optimizer, "_distribution_strategy", None)]
    for variable in variables:
        native = getattr(variable, "value", variable)
        strategies.append(getattr(native, "distribute_strategy", None))
    return filter(None, strategies)


def public_name(strategy):
    name = type(strategy).__name__
    return PUBLIC_NAMES.get(name, name)


def is_supported(strategy_class):
    names = {each.__name__ for each in strategy_class.__mro__}
    return bool(names & SUPPORTED)
