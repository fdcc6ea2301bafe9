"""Every loss over embeddings with embeddings and labels that suit it."""

import keras
import numpy as np
from keras import layers
from keras import ops

from keras_addons import losses

NUM_ROWS = 16
DIM = 4
# The last of two steps has 6 rows, but JAX would compile once more for it.
NUM_FITTED = 16 if keras.backend.backend() == "jax" else 14


def normal(*shape, seed=0):
    values = np.random.default_rng(seed).normal(size=shape)
    return values.astype("float32")


PAIR_IDS = np.arange(NUM_ROWS) // 2
CLASSES = np.arange(NUM_ROWS) * 5 % 3
GRADES = (np.arange(NUM_ROWS) * 7 % 4).astype("float32")
TEACHER = normal(NUM_ROWS, 7, seed=1)

ROWS, PAIRS, TOWERS = (DIM,), (2, DIM), (4, DIM)  # shapes of one embedding

# name: (loss, shape, labels)
CASES = {
    "in_batch": (losses.InBatchContrastive, ROWS, PAIR_IDS),
    "two_tower": (
        lambda: losses.TwoTowerContrastive(symmetric=True),
        TOWERS,
        CLASSES,
    ),
    "supervised": (losses.SupervisedContrastive, ROWS, CLASSES),
    "batch_hard": (losses.BatchHardTriplet, ROWS, CLASSES),
    "semi_hard": (losses.SemiHardTriplet, ROWS, CLASSES),
    "cosent": (losses.CoSENT, PAIRS, GRADES),
    "angle": (losses.AnglE, PAIRS, GRADES),
    "distillation": (losses.SimilarityDistillation, ROWS, TEACHER),
    "matryoshka": (
        lambda: losses.Matryoshka(losses.CoSENT(), [4, 2], [1.0, 0.5]),
        PAIRS,
        GRADES,
    ),
    "grouped": (
        lambda: losses.GroupedCrossentropy((3, 1)),
        ROWS,
        CLASSES,
    ),
}
# One value a row, labels that are vectors, one value a batch.
DISTRIBUTED = ("in_batch", "distillation", "cosent")
FEATURES = normal(NUM_ROWS, 5, seed=2)
LABELS = {name: labels for name, (_, _, labels) in CASES.items()}


def new_model(names=tuple(CASES)):
    """Features to one output for every loss, so that one `fit` tries all."""
    inputs = keras.Input((5,))
    hidden = layers.Dense(6, activation="tanh", name="hidden")(inputs)
    outputs = {}
    for name in names:
        shape = CASES[name][1]
        flat = layers.Dense(int(np.prod(shape)), name=f"dense_{name}")(hidden)
        outputs[name] = layers.Reshape(shape, name=name)(flat)
    return keras.Model(inputs, outputs)


def fitted(names=tuple(CASES), num_rows=NUM_ROWS, eager_on_tensorflow=True):
    """Two epochs of 8 rows a step; returns the model and its history.

    Eager by default, since TensorFlow traces longer than it steps.
    """
    keras.utils.set_random_seed(3)
    model = new_model(names)
    # Small weights of the losses: the curvature of all of them adds up.
    model.compile(
        keras.optimizers.SGD(0.1),
        loss={name: CASES[name][0]() for name in names},
        loss_weights=dict.fromkeys(names, 0.05),
        run_eagerly=eager_on_tensorflow
        and keras.backend.backend() == "tensorflow",
    )
    history = model.fit(
        FEATURES[:num_rows],
        {name: LABELS[name][:num_rows] for name in names},
        batch_size=8,
        epochs=2,
        shuffle=False,
        verbose=0,
    )
    return model, history.history


def value(loss, y_true, y_pred, **arguments):
    """What a loss answers, as a numpy array."""
    y_pred = ops.convert_to_tensor(y_pred)
    return ops.convert_to_numpy(loss(y_true, y_pred, **arguments))
