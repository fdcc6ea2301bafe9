"""Trains TNEWS on one device and on two, the latter killed and resumed.

A program of its own: the number of devices is fixed once a backend has
started. Prints a line of JSON.
"""

import json
import sys
from pathlib import Path

import keras
import numpy as np

from clue_baselines import c3
from clue_baselines import tnews
from clue_baselines.harness.results import state
from clue_baselines.harness.results.trained_model import TrainedModel
from clue_baselines.harness.run import main
from keras_addons.models import architecture

ARGUMENTS = [
    *("--epochs=3", "--batch-size=16", "--dropout=0", "--head-dropout=0"),
    *("--optimizer=sgd", "--adversarial=fgm", "--accumulate=2"),
]
# 80 rows in 5 whole batches; 75 in 4, and one of 11 that is filled up.
WHOLE, FILLED = "--limit=80", "--limit=75"


def two_logical_devices():
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        half = tf.config.LogicalDeviceConfiguration()
        tf.config.set_logical_device_configuration(cpu, [half, half])


def run(task, folder, *arguments):
    """Returns the exit status, the figures and the weights."""
    try:
        metrics = main(task, [f"--output-dir={folder}", *arguments])
    except SystemExit as error:
        return error.code, None, None
    weights = TrainedModel.from_folder(folder / task.name).model.get_weights()
    figures = {name: metrics[name] for name in ("loss", "dev_loss")}
    return 0, figures, weights


def killed_in(epoch):
    original = state.TrainingState.on_epoch_begin

    def on_epoch_begin(self, number, logs=None):
        if number == epoch:
            raise KeyboardInterrupt
        original(self, number, logs)

    state.TrainingState.on_epoch_begin = on_epoch_begin
    return original


def without_attention_dropout(task):
    """Replicas of TensorFlow draw masks of their own; no option says none."""
    original = task.encoder_arguments
    task.encoder_arguments = lambda options: {
        **original(options),
        "attention_dropout": 0.0,
    }


def difference(one, other):
    return max(
        float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True)
    )


def compare(folder):
    _, figures, alone = run(tnews.task, folder / "one", *ARGUMENTS, WHOLE)
    shared = [*ARGUMENTS, WHOLE, "--distribute"]
    _, same, together = run(tnews.task, folder / "two", *shared)
    original = killed_in(2)
    status, _, _ = run(tnews.task, folder / "killed", *shared)
    state.TrainingState.on_epoch_begin = original
    _, _, resumed = run(tnews.task, folder / "killed", *shared, "--resume")
    _, filled, _ = run(
        tnews.task, folder / "filled", *ARGUMENTS, FILLED, "--distribute"
    )
    choices = ["--limit=8", "--epochs=1", "--batch-size=4", "--distribute"]
    several, _, _ = run(c3.task, folder / "choices", *choices)
    odd, _, _ = run(
        tnews.task, folder / "odd", WHOLE, "--batch-size=5", "--distribute"
    )
    return {
        "one": figures,
        "two": same,
        "filled": filled,
        "weights": difference(alone, together),
        "resumed": difference(resumed, together),
        "statuses": {"killed": status, "several": several, "odd": odd},
        "distribution": str(keras.distribution.distribution()),
    }


if __name__ == "__main__":
    two_logical_devices()
    without_attention_dropout(tnews.task)
    architecture.SIZES["tiny"] = (1, 2, 16, 32)
    print(json.dumps(compare(Path(sys.argv[1]))))
