"""Seam: several devices, as replicas or as layouts."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def any_replica(condition):
    """Returns whether a boolean scalar holds in any replica of this step.

    All replicas must call it. JAX has one step for all devices, torch has one
    replica: there it is the condition itself.
    """


@of_active_backend
def all_gather(embeddings):
    """Returns the rows of all replicas, in the order of the replicas.

    Differentiable: a row's gradient is the sum of those that all replicas
    have for it. All replicas must call it.

    Args:
        embeddings: tensor (rows, ...); replicas may have unequal numbers.
    """


@of_active_backend
def layout_of(variable):
    """Returns how a variable is laid out across devices, or None.

    What the `layout` argument of `keras.Variable` and `add_variable` takes,
    so that state is laid out as its weight is. Only JAX has layouts.
    """


@of_active_backend
def raise_if_strategy_unsupported(optimizer, variables=()):
    """Raises ValueError under a tf.distribute strategy that was not tested.

    Args:
        optimizer: a Keras optimizer; on TensorFlow it knows the strategy in
            whose scope it was made.
        variables: the weights, which know in whose scope they were made.
    """


@of_active_backend
def raise_if_strategy(optimizer, variables=()):
    """Raises ValueError under any tf.distribute strategy.

    For what has state that a strategy cannot divide. Arguments as above.
    """
