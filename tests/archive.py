"""Models saved by the tests, each loaded by the one fresh process."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np


class Archive:
    """Saves `.keras` files beside inputs and the outputs to be expected.

    A process that knows nothing of the classes loads them meanwhile.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.process = None
        self.count = 0

    def add(self, name, model, inputs, tolerance=1e-5, batches=()):
        """Saves `model` and what it answers to `inputs` in inference.

        Args:
            name: string, named in the report of a failure.
            model: the model to save.
            inputs: what to call it with.
            tolerance: float, relative and absolute.
            batches: pairs (inputs, targets) that the model is trained on
                after it is saved and before it answers; so is the copy in the
                fresh process.
        """
        self.count += 1
        stem = self.folder / f"{self.count:03d}"
        model.save(stem.with_suffix(".keras"))
        train(model, batches)
        case = {
            "name": name,
            "inputs": inputs,
            "batches": batches,
            "expected": flat_outputs(model, inputs),
            "tolerance": tolerance,
            # Keras saves the policy of layers, but puts a loss scale around
            # the optimizer according to the global one.
            "policy": keras.config.dtype_policy().name,
        }
        with open(stem.with_suffix(".pickle"), "wb") as file:
            pickle.dump(case, file)
        self.announce(stem)

    def announce(self, stem):
        """Tells the loading process, which starts with the first model."""
        if self.process is None:
            command = [sys.executable, "-W", "error::UserWarning", __file__]
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        self.process.stdin.write(f"{stem}\n")
        self.process.stdin.flush()

    def failures(self):
        """What the loading process found, once it has loaded all."""
        answers, _ = self.process.communicate()
        answers = answers.splitlines()
        done = f"{self.count} models loaded"
        return answers[:-1] if answers[-1:] == [done] else answers or ["died"]


def train(model, batches):
    for inputs, targets in batches:
        model.train_on_batch(inputs, targets)


def flat_outputs(model, inputs):
    outputs = keras.tree.flatten(model(inputs, training=False))
    return [
        keras.ops.convert_to_numpy(keras.ops.cast(output, "float32"))
        for output in outputs
    ]


def check(path):
    with open(path.with_suffix(".pickle"), "rb") as file:
        case = pickle.load(file)
    try:
        keras.config.set_dtype_policy(case["policy"])
        model = keras.models.load_model(path.with_suffix(".keras"))
        train(model, case["batches"])
        actual = flat_outputs(model, case["inputs"])
        tolerance = {"rtol": case["tolerance"], "atol": case["tolerance"]}
        for one, other in zip(actual, case["expected"], strict=True):
            np.testing.assert_allclose(one, other, **tolerance)
    except Exception as error:
        message = " ".join(str(error).split())
        return [f"{case['name']}: {type(error).__name__}: {message}"]
    return []


if __name__ == "__main__":
    import keras_addons  # noqa: F401  (registers the classes)

    count = 0
    failures = []
    for line in sys.stdin:
        failures += check(Path(line.strip()))
        count += 1
    # Not before the end: nobody reads meanwhile.
    print(*failures, f"{count} models loaded", sep="\n")
