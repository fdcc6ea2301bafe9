"""TensorFlow: the replicas and strategies of tf.distribute."""

import tensorflow as tf

SUPPORTED = {"_DefaultDistributionStrategy", "MirroredStrategy"}
# What tf.distribute calls by another name than that of the class.
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


def layout_of(variable):
    """Returns None: tf.distribute keeps a copy of all on each device."""


def raise_if_strategy_unsupported(optimizer, variables=()):
    strategies = [getattr(optimizer, "_distribution_strategy", None)]
    for variable in variables:
        native = getattr(variable, "value", variable)
        strategies.append(getattr(native, "distribute_strategy", None))
    for strategy in filter(None, strategies):
        if not is_supported(type(strategy)):
            name = type(strategy).__name__
            raise ValueError(
                f"{type(optimizer).__name__} was not shown to work under "
                f"tf.distribute.{PUBLIC_NAMES.get(name, name)}. For several "
                "devices of one host use tf.distribute.MirroredStrategy, for "
                "several hosts the JAX backend with "
                "keras.distribution.initialize, for one device no strategy."
            )


def is_supported(strategy_class):
    names = {each.__name__ for each in strategy_class.__mro__}
    return bool(names & SUPPORTED)
