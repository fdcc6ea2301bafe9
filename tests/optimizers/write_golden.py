"""Writes files that every later release has to load and to train on from.

Run once a release:  python -m tests.optimizers.write_golden

The numbers to be expected are those of the release that writes: this is about
compatibility; that they are right is for the other tests to say.
"""

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np

import keras_addons
from keras_addons import optimizers
from tests.archive import train
from tests.optimizers.catalog import WRAPPERS
from tests.optimizers.catalog import nest
from tests.optimizers.training import BATCHES
from tests.optimizers.training import new_model

FOLDER = Path(__file__).parent / "golden"
THREE_DEEP = ("Lookahead", "GradientAccumulation", "LazyOptimizer")
SCHEDULE = optimizers.schedules.PiecewiseLinear({2: 0.05, 40: 0.0})
CASES = {
    "three_deep": lambda: nest(
        THREE_DEEP,
        keras.optimizers.Adam(0.05),
        Lookahead={"sync_period": 2},
        GradientAccumulation={"steps": 2},
    ),
    "all_wrappers": lambda: nest(
        WRAPPERS, keras.optimizers.RMSprop(SCHEDULE, momentum=0.5)
    ),
    "adafactor": lambda: optimizers.AdaFactor(
        0.05, beta_1=0.9, min_dim_size_to_factor=2
    ),
    "accumulated_adam": lambda: optimizers.AccumulatedAdam(
        0.05, steps=2, weight_decay=0.1
    ),
    "accumulated_sgd": lambda: optimizers.AccumulatedSGD(0.05, steps=2),
    "tiger": lambda: optimizers.Tiger(0.05, steps=2),
    "egdd": lambda: optimizers.EGDD(0.05),
    "step_size_adaptation": lambda: optimizers.StepSizeAdaptation(0.05),
    "exponentiated_gradient": lambda: optimizers.ExponentiatedGradient(0.05),
    "mixed_float16": lambda: nest(THREE_DEEP[:2], keras.optimizers.Adam(0.05)),
}


def compress(path):
    """Keras stores without compression; most of a small file is zeros."""
    with zipfile.ZipFile(path) as file:
        parts = [(part, file.read(part)) for part in file.namelist()]
    with zipfile.ZipFile(
        path, "w", zipfile.ZIP_DEFLATED, compresslevel=9
    ) as file:
        for name, content in parts:
            file.writestr(name, content)


def write(folder):
    """Models after three steps, and what two more make of them."""
    policies = {"mixed_float16": "mixed_float16"}
    for name, make in CASES.items():
        policy = policies.get(name, "float32")
        keras.config.set_dtype_policy(policy)
        model = new_model()
        model.compile(make(), "mse", run_eagerly=True)
        train(model, BATCHES[:3])
        model.save(folder / f"{name}.keras")
        compress(folder / f"{name}.keras")
        train(model, BATCHES[3:5])
        weights = dict(enumerate(model.get_weights()))
        np.savez_compressed(
            folder / f"{name}.npz",
            policy=policy,
            ids=[ids for ids, _ in BATCHES[3:5]],
            targets=[targets for _, targets in BATCHES[3:5]],
            **{f"weight_{index}": each for index, each in weights.items()},
        )


if __name__ == "__main__":
    target = FOLDER / keras_addons.__version__
    if target.exists():
        sys.exit(f"{target} exists: what was released stays as it is.")
    with tempfile.TemporaryDirectory() as temporary:
        write(Path(temporary))
        target.mkdir(parents=True)
        for path in Path(temporary).iterdir():
            shutil.copy(path, target)
    size = sum(path.stat().st_size for path in target.iterdir())
    print(f"{target}: {size / 1000:.0f} KB")
