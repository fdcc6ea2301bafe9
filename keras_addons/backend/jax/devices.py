"""JAX: layouts of variables; one step runs on all devices."""

from contextlib import contextmanager

import keras


def any_replica(condition):
    return condition


def all_gather(embeddings):
    return embeddings


def sum_over_replicas(tensor):
    return tensor


def num_replicas():
    return 1


def data_parallel():
    devices = keras.distribution.list_devices()
    return distributed(keras.distribution.DataParallel(devices=devices))


@contextmanager
def distributed(distribution):
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(distribution)
    try:
        yield distribution and distribution.device_mesh.devices.size
    finally:
        keras.distribution.set_distribution(before)


def splits_batches():
    return False


def predict_batch(model, inputs):
    if keras.distribution.distribution() is None:
        return model.predict_on_batch(inputs)
    with distributed(None):
        return model.predict_on_batch(inputs)


def layout_of(variable):
    return getattr(variable, "_layout", None)


def raise_if_strategy_unsupported(optimizer, variables=()):
    """Does nothing: one step runs on all devices."""


def raise_if_strategy(optimizer, variables=()):
    """Does nothing: one step runs on all devices."""
