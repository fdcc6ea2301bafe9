"""Which of TensorFlow's distribution strategies the optimizers are for."""

SUPPORTED = {"_DefaultDistributionStrategy", "MirroredStrategy"}
# What tf.distribute calls by another name than that of the class.
PUBLIC_NAMES = {
    "CollectiveAllReduceStrategy": "MultiWorkerMirroredStrategy",
    "ParameterServerStrategyV2": "ParameterServerStrategy",
    "TPUStrategyV2": "TPUStrategy",
}


def check_strategy(optimizer, variables=()):
    """Raises ValueError under a strategy that was not shown to work.

    Args:
        optimizer: a Keras optimizer; on TensorFlow it knows the strategy in
            whose scope it was made.
        variables: the weights, which know in whose scope they were made.
    """
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
