"""Declares: several devices, as replicas or as layouts."""

from keras_addons.backend.dispatch import of_active_backend


@of_active_backend
def any_replica(condition):
    """Returns whether a boolean scalar is true in any replica of this step.

    All replicas must call it. On JAX, with one step for all devices, and on
    torch, with one replica, it returns the condition.
    """


@of_active_backend
def all_gather(embeddings):
    """Returns the rows of all replicas, in the order of the replicas.

    Differentiable: the gradient of a row is the sum of its gradients in all
    replicas. All replicas must call it.

    Args:
        embeddings: tensor (rows, ...). The number of rows may differ between
            replicas.
    """


@of_active_backend
def sum_over_replicas(tensor):
    """Returns the sum of a tensor over the replicas, without a gradient.

    All replicas must call it. On JAX, with one step for all devices, and on
    torch, with one replica, it returns the tensor.
    """


@of_active_backend
def num_replicas():
    """Returns the number of replicas that compute a step together."""


@of_active_backend
def data_parallel():
    """Returns a context in which all local devices share each batch.

    Model and optimizer must be created, and `fit` be called, inside of it.
    The context gives the number of devices.

    Raises:
        ValueError: Keras has no data parallelism on the backend.
    """


@of_active_backend
def splits_batches():
    """Returns whether `data_parallel` cuts each array of a batch in parts.

    Rows of an example that stand together may then be torn apart. JAX
    computes each step as on one device instead.
    """


@of_active_backend
def predict_batch(model, inputs):
    """Returns the outputs for a batch of any size as arrays.

    As `model.predict_on_batch`, which under `data_parallel` takes no batch
    that the devices do not divide, or computes it on each of them.
    """


@of_active_backend
def layout_of(variable):
    """Returns the layout of a variable across devices, or None.

    For the `layout` argument of `keras.Variable` and `add_variable`, so that
    the state of an optimizer has the layout of its weight. Only JAX has
    layouts.
    """


@of_active_backend
def raise_if_strategy_unsupported(optimizer, variables=()):
    """Raises ValueError under an untested tf.distribute strategy.

    Args:
        optimizer: a Keras optimizer. On TensorFlow it holds the strategy in
            whose scope it was created.
        variables: the weights, which hold theirs. Defaults to none.
    """


@of_active_backend
def raise_if_strategy(optimizer, variables=()):
    """Raises ValueError under any tf.distribute strategy.

    For optimizers whose state a strategy cannot handle. Arguments as in
    `raise_if_strategy_unsupported`.
    """
