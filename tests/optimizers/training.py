"""Small trainings that the optimizer tests share."""

import keras
import numpy as np

BACKEND = keras.backend.backend()
JIT_CHOICES = (False,) if BACKEND == "torch" else (False, True)
NUM_IDS = 12
IDS = np.random.default_rng(0).integers(0, 8, (32, 5)).astype("int32")
TARGETS = np.random.default_rng(1).normal(size=(32, 1)).astype("float32")
BATCHES = [(IDS[i : i + 5], TARGETS[i : i + 5]) for i in range(0, 30, 5)]


def steps(optimizer, gradients, start, name="embeddings"):
    """The weight of this name after a step on each gradient, from `start`."""
    weight = keras.Variable(start, dtype="float32", name=name)
    for gradient in gradients:
        gradient = keras.ops.convert_to_tensor(gradient, dtype="float32")
        optimizer.apply([gradient], [weight])
    return weight.numpy()


def state_of(optimizer, name):
    """The variables of this kind, one for each weight: "velocity", "gain"."""
    return [v for v in optimizer.variables if f"_{v.name}".endswith(f"_{name}")]


def new_model(seed=0):
    """Ids to a number, with an embedding, a kernel and a bias."""
    keras.utils.set_random_seed(seed)
    ids = keras.Input((5,), dtype="int32")
    features = keras.layers.Embedding(NUM_IDS, 4, name="table")(ids)
    features = keras.layers.GlobalAveragePooling1D()(features)
    outputs = keras.layers.Dense(1, dtype="float32", name="score")(features)
    return keras.Model(ids, outputs)


def trained(
    optimizer, jit_compile=False, model=None, run_eagerly=None, **arguments
):
    """`new_model` after `fit` on IDS; no shuffle, so batches are known.

    Without XLA eagerly on TensorFlow, where tracing takes longer than these
    few steps. Graphs are traced with XLA and in `test_distribution.py`.
    """
    if run_eagerly is None:
        run_eagerly = BACKEND == "tensorflow" and not jit_compile
    model = model or new_model()
    model.compile(
        optimizer, "mse", jit_compile=jit_compile, run_eagerly=run_eagerly
    )
    model.fit(**fit_arguments(**arguments))
    return model


def fit_arguments(**arguments):
    defaults = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0}
    return {"x": IDS, "y": TARGETS, **defaults, **arguments}


def assert_same_weights(model, other, tolerance=1e-6):
    for one, two in zip(model.get_weights(), other.get_weights()):
        np.testing.assert_allclose(one, two, rtol=tolerance, atol=tolerance)
