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
    for strategy in strategies_of(optimizer, variables):
        if not is_supported(type(strategy)):
            raise ValueError(
                f"{type(optimizer).__name__} was not shown to work under "
                f"tf.distribute.{public_name(strategy)}. For several "
                "devices of one host use tf.distribute.MirroredStrategy, for "
                "several hosts the JAX backend with "
                "keras.distribution.initialize, for one device no strategy."
            )


def check_no_strategy(optimizer, variables=()):
    """Raises ValueError under any strategy; arguments as above."""
    check_strategy(optimizer, variables)
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
