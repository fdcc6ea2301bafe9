"""--distribute: two virtual devices train as one does, and resume."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from clue_baselines import afqmc
from clue_baselines.harness.data.whole_batches import WholeBatches
from clue_baselines.harness.data.whole_batches import filled
from clue_baselines.harness.data.whole_batches import rows_per_example
from clue_baselines.roformer_sim import stage1
from keras_addons.text import LengthBatches
from tests.clue_baselines.runs import failure

BACKEND = keras.backend.backend()


def train(folder):
    if BACKEND == "torch":
        return None
    flags = "--xla_force_host_platform_device_count=2"
    return subprocess.run(
        [
            sys.executable,
            Path(__file__).parent / "two_devices.py",
            str(folder),
        ],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {flags}",
        },
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(BACKEND == "torch", reason="one device")
@pytest.mark.beside(runs=train)
def test_two_devices_train_as_one_and_go_on_after_a_kill(beside):
    assert beside.returncode == 0, beside.stdout + beside.stderr
    assert "--distribute: 2 devices share each batch" in beside.stdout
    found = json.loads(beside.stdout.splitlines()[-1])
    assert found["weights"] < 1e-5
    assert found["resumed"] < 1e-6
    for name, value in found["one"].items():
        np.testing.assert_allclose(found["two"][name], value, atol=2e-4)
    assert all(map(np.isfinite, found["filled"].values()))
    # JAX shares the rows of a choice; TensorFlow would tear them apart.
    several = 0 if BACKEND == "jax" else 1
    statuses = {"killed": 130, "several": several, "odd": 1}
    assert found["statuses"] == statuses
    if BACKEND == "tensorflow":
        assert "tear apart the rows of an example" in beside.stderr
    assert "must be a multiple of the 2 devices. Received: 5" in beside.stderr
    assert found["distribution"] == "None"  # as before the runs


@pytest.mark.skipif(BACKEND != "torch", reason="it has data parallelism")
def test_torch_says_what_to_do_instead(clue, tmp_path, capsys):
    message = failure(
        afqmc.task,
        [f"--data-dir={clue}", f"--output-dir={tmp_path}", "--distribute"],
        capsys,
    )
    assert message == (
        "--distribute: Keras trains on one device with the torch backend. For "
        "several take JAX or TensorFlow: KERAS_BACKEND=jax or "
        "KERAS_BACKEND=tensorflow."
    )
    assert not (tmp_path / "afqmc/metrics.json").exists()


def test_a_loss_that_compares_rows_is_refused(tmp_path, capsys):
    message = failure(
        stage1.stage,
        [f"--output-dir={tmp_path}", "--distribute"],
        capsys,
    )
    assert message.startswith("--distribute: the loss compares the vectors")


def test_a_smaller_batch_is_filled_with_copies_of_its_first_examples():
    rows = [[number] * 3 for number in range(1, 6)]
    batches = LengthBatches(
        {"token_ids": rows}, np.arange(5), batch_size=3, width_multiple=1
    )
    whole = WholeBatches(batches, 4)
    assert len(whole) == 2
    inputs, targets = whole[1]
    np.testing.assert_array_equal(targets, [3, 4, 3, 4])
    np.testing.assert_array_equal(inputs["token_ids"][:, 0], [4, 5, 4, 5])
    whole = WholeBatches(batches, 3)
    assert whole[0][0]["token_ids"].shape == (3, 3)
    np.testing.assert_array_equal(whole[0][1], [0, 1, 2])


def test_the_rows_of_an_example_are_copied_together():
    batch = {"token_ids": np.arange(6)[:, None]}, np.arange(3)
    assert rows_per_example(batch) == 2
    inputs, targets = filled(batch, 4)
    np.testing.assert_array_equal(targets, [0, 1, 2, 0])
    np.testing.assert_array_equal(
        inputs["token_ids"][:, 0], [0, 1, 2, 3, 4, 5, 0, 1]
    )


def test_the_order_of_the_batches_is_that_of_the_epoch():
    rows = {"token_ids": [[number] for number in range(1, 33)]}
    batches = LengthBatches(rows, np.arange(32), batch_size=8, seed=3)
    whole = WholeBatches(
        LengthBatches(rows, np.arange(32), batch_size=8, seed=3), 2
    )
    assert whole.seed == 3
    whole.epoch = batches.epoch = 4
    assert whole.epoch == 4
    whole.on_epoch_end()
    batches.on_epoch_end()
    assert whole.epoch == batches.epoch == 5
    for one, other in zip(whole, batches):
        np.testing.assert_array_equal(one[1], other[1])
