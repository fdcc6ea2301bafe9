"""torch: Keras runs one replica on one device."""


def any_replica(condition):
    return condition


def all_gather(embeddings):
    return embeddings


def sum_over_replicas(tensor):
    return tensor


def num_replicas():
    return 1


def layout_of(variable):
    """Returns None: Keras on torch has one device."""


def raise_if_strategy_unsupported(optimizer, variables=()):
    """Does nothing: Keras on torch has one replica."""


def raise_if_strategy(optimizer, variables=()):
    """Does nothing: Keras on torch has one replica."""
