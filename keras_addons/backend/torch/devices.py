"""torch: Keras runs one replica on one device."""


def any_replica(condition):
    return condition


def all_gather(embeddings):
    return embeddings


def sum_over_replicas(tensor):
    return tensor


def num_replicas():
    return 1


def data_parallel():
    raise ValueError(
        "Keras trains on one device with the torch backend. For several take "
        "JAX or TensorFlow: KERAS_BACKEND=jax or KERAS_BACKEND=tensorflow."
    )


def splits_batches():
    return False


def predict_batch(model, inputs):
    return model.predict_on_batch(inputs)


def layout_of(variable):
    """Returns None: Keras on torch has one device."""


def raise_if_strategy_unsupported(optimizer, variables=()):
    """Does nothing: Keras on torch has one replica."""


def raise_if_strategy(optimizer, variables=()):
    """Does nothing: Keras on torch has one replica."""
