"""Trains every optimizer on one JAX device and on eight; they must agree.

A program of its own: the number of devices is fixed once JAX has started.
"""

import sys

import keras
import numpy as np

from keras_addons import optimizers
from tests.documents import programs
from tests.documents import run
from tests.optimizers.distributed_cases import CASES
from tests.optimizers.training import trained


def data_parallel():
    devices = keras.distribution.list_devices("cpu")
    assert len(devices) == 8
    return keras.distribution.DataParallel(devices=devices)


def model_parallel():
    """The data in four parts, and of each weight with two axes a half."""
    devices = keras.distribution.list_devices("cpu")
    mesh = keras.distribution.DeviceMesh((4, 2), ("batch", "model"), devices)
    layouts = keras.distribution.LayoutMap(mesh)
    layouts["table/embeddings"] = (None, "model")
    layouts["score/kernel"] = ("model", None)
    layouts[".*heads.kernel.*"] = (None, "model", None)
    return keras.distribution.ModelParallel(
        layout_map=layouts, batch_dim_name="batch"
    )


def disagreements():
    """Each optimizer model parallel, and the nested ones data parallel.

    `jax_processes.py` trains all of them data parallel, in two processes.
    """
    for name, make in CASES.items():
        distributions = [model_parallel()]
        if name.endswith(" deep"):
            distributions.append(data_parallel())

        def make_trained(make=make, **arguments):
            return trained(make(), **arguments)

        yield from disagreements_of(name, make_trained, distributions)


def disagreements_of(name, make_trained, distributions):
    keras.distribution.set_distribution(None)
    # Eagerly: operations are compiled once, not again with each optimizer.
    alone = make_trained(run_eagerly=True).get_weights()
    for distribution in distributions:
        keras.distribution.set_distribution(distribution)
        together = make_trained().get_weights()
        for one, other in zip(alone, together):
            difference = np.abs(one - other).max()
            if difference > 1e-5:
                kind = type(distribution).__name__
                yield f"{name} under {kind}: {difference}"


def disagreement_of_heads():
    """AdaFactor merges axes of which one is divided."""

    def make_trained(**arguments):
        keras.utils.set_random_seed(0)
        heads = keras.layers.EinsumDense("ab,bcd->acd", (2, 3), name="heads")
        model = keras.Sequential(
            [
                keras.layers.Embedding(8, 6),
                keras.layers.GlobalAveragePooling1D(),
                heads,
                keras.layers.Flatten(),
                keras.layers.Dense(1),
            ]
        )
        optimizer = optimizers.AdaFactor(0.1, 0.9, min_dim_size_to_factor=3)
        return trained(optimizer, model=model, **arguments)

    distributions = [data_parallel(), model_parallel()]
    return disagreements_of("heads", make_trained, distributions)


def run_documents():
    """The programs of the documents work, and divide what they say."""
    heading = "JAX: several devices of one process"
    data, model = programs("distribution.md", heading)
    run(data, "docs/distribution.md")
    optimizer = run(model, "docs/distribution.md")["model"].optimizer
    wide = [v for v in optimizer.variables if tuple(v.shape) == (8, 16)]
    assert len(wide) == 3  # a sum and two moments
    for variable in wide:
        assert variable.value.sharding.shard_shape((8, 16)) == (8, 8)


if __name__ == "__main__":
    run_documents()
    found = [*disagreement_of_heads(), *disagreements()]
    print("\n".join(found))
    sys.exit(1 if found else 0)
