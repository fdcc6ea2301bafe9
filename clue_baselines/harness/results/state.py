"""The callback that lets an interrupted training resume exactly."""

import time

import keras
import numpy as np
from keras.ops import convert_to_numpy

from clue_baselines.harness.arrays import assign_arrays
from clue_baselines.harness.arrays import read_arrays
from clue_baselines.harness.arrays import write_arrays
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import resuming
from clue_baselines.harness.options.command_line import check_equal
from clue_baselines.harness.results.files import write_text
from keras_addons import backend

STATE, BEST = "state.npz", "best.npz"


class TrainingState(keras.callbacks.Callback):
    """Saves the whole state of a training after each epoch.

    That is more than `keras.callbacks.BackupAndRestore` saves: also the seeds
    of the dropout layers (which are in `model.variables`, not in its weights),
    the order of the batches and the history; torch's generator, whose state
    Keras cannot read, starts anew in each epoch. It is one file,
    renamed into place: at no moment is it half written.

    Args:
        folder: where `state.npz`, `history.csv` and `best.npz` go.
        batches: `LengthBatches` that the model is trained on.
        description: what must be equal in the run that goes on.
        metric: name in the logs of what the best epoch has most of, or None
            where the last epoch is the best.
    """

    def __init__(self, folder, batches, description, metric="val_accuracy"):
        super().__init__()
        self.path = folder / STATE
        self.best_path = folder / BEST
        self.history_path = folder / "history.csv"
        self.batches = batches
        self.description = description
        self.metric = metric
        self.history = []

    def on_epoch_begin(self, epoch, logs=None):
        self.batches.epoch = epoch
        backend.seed_native_generator(epoch_seed(self.batches.seed, epoch))
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        row = {name: float(value) for name, value in logs.items()}
        if not np.isfinite(row["loss"]):
            raise UserError(
                f"the loss is {row['loss']} after epoch {epoch + 1}: "
                "try a lower --learning-rate"
            )
        row["seconds"] = round(time.monotonic() - self.started, 2)
        self.history.append({"epoch": epoch + 1, **row})
        if best_epoch(self.history, self.metric)["epoch"] == epoch + 1:
            weights = [convert_to_numpy(w) for w in self.model.weights]
            write_arrays(self.best_path, weights)
        write_history(self.history_path, self.history)
        self.save()

    def save(self):
        arrays = [convert_to_numpy(v) for v in self.variables()]
        write_arrays(self.path, arrays, [self.description, self.history])

    def restore(self):
        """Restores a saved state, if there is one, into the compiled model."""
        if not self.path.exists():
            print("--resume: no epoch was finished, the run starts anew")
            return
        with resuming():
            arrays, (description, history) = read_arrays(self.path)
            check_equal(description, self.description, "interrupted")
            assign_arrays(arrays, self.variables(), self.path)
            read_arrays(self.best_path)
        self.history = history

    def load_best(self):
        arrays, _ = read_arrays(self.best_path)
        assign_arrays(arrays, self.model.weights, self.best_path)

    def variables(self):
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        return self.model.variables + optimizer.variables


def best_epoch(history, metric):
    """Returns the row of the best epoch; the first of equal ones.

    Args:
        history: list with a dict for each epoch.
        metric: what the best epoch has most of; None for the last epoch.
    """
    if metric is None:
        return history[-1]
    return max(history, key=lambda row: row[metric])


def epoch_seed(seed, epoch):
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1)[0])


def write_history(path, history):
    lines = [",".join(history[0])]
    lines += [",".join(map(str, row.values())) for row in history]
    write_text(path, "\n".join(lines) + "\n")
