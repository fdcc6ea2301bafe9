"""Trains every optimizer on one JAX device and on eight; they must agree.

A program of its own: the number of devices is fixed once JAX has started.
"""

import sys

import keras
import numpy as np

from keras_addons import optimizers
from keras_addons.optimizers.bases.state import slots_of
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


def disagreement_of_halves():
    """Weights of bfloat16: the table; its gradients are rounded as it is."""
    wrappers = {
        "MasterWeights": optimizers.MasterWeights,
        "StochasticRounding": lambda inner: optimizers.StochasticRounding(
            inner, seed=1
        ),
    }

    def table_of(wrap):
        keras.config.set_dtype_policy("bfloat16")
        model = trained(wrap(keras.optimizers.Adam(0.1)))
        keras.config.set_dtype_policy("float32")
        table, optimizer = model.weights[0], model.optimizer
        (stand_in,) = optimizer.stand_ins([table])
        for each in (table, *slots_of(optimizer, table)):
            if each.value.sharding != table.value.sharding:
                raise AssertionError(f"{each.path} is not where {table.path}")
        assert stand_in.shape == table.shape
        return table.numpy().astype("float32")

    for name, wrap in wrappers.items():
        keras.distribution.set_distribution(None)
        alone = table_of(wrap)
        for distribution in (data_parallel(), model_parallel()):
            keras.distribution.set_distribution(distribution)
            # Eight steps of 0.1, and two roundings of numbers below 1.
            if np.abs(alone - table_of(wrap)).max() > 2 / 256:
                yield f"{name} under {type(distribution).__name__}"


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
    found = [
        *disagreement_of_halves(),
        *disagreement_of_heads(),
        *disagreements(),
    ]
    print("\n".join(found))
    sys.exit(1 if found else 0)
