"""A process killed by the system goes on as if nothing had happened."""

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from clue_baselines.harness.results.trained_model import TrainedModel
from tests.clue_baselines.conftest import write_clue
from tests.clue_baselines.runs import without_seconds
from tests.conftest import SMALLEST

ROOT = Path(__file__).parents[2]
# As `python -m clue_baselines.tnews`, with the smaller model of these tests.
SCRIPT = f"""
from keras_addons.models import architecture
architecture.SIZES["tiny"] = {SMALLEST}
from clue_baselines import tnews
tnews.main(tnews.task)
"""


def arguments_of(clue, output):
    places = ["--data-dir", str(clue), "--output-dir", str(output)]
    return [*places, "--epochs=3", "--batch-size=8", "--seed=5"]


def start(*arguments, **streams):
    command = [sys.executable, "-c", SCRIPT, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, **streams
    )


def read_history(folder):
    with open(folder / "history.csv", encoding="utf8") as file:
        return without_seconds(csv.DictReader(file))


def weights_of(folder):
    model = TrainedModel.from_folder(folder).model
    return model.get_weights()


def kill_and_resume(folder):
    """A run that is killed once it has saved its state, and resumed.

    Before that a second one is started, which must leave the first alone.

    Returns:
        Folders of its results, and of those of a run that nobody disturbed.
    """
    clue = write_clue(folder / "clue")
    killed, whole = folder / "killed", folder / "whole"
    arguments = arguments_of(clue, killed)
    process = start(*arguments)
    state = killed / "tnews/unfinished/state.npz"
    while not state.exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGSTOP)
    second = start(*arguments, stderr=subprocess.PIPE)
    _, message = second.communicate()
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert second.returncode == 1
    error = f"{killed / 'tnews'}: another run is at work there"
    last = message.decode().splitlines()[-1]
    assert last == f"clue_baselines.tnews: error: {error}"
    assert not (killed / "tnews/metrics.json").exists()
    assert start(*arguments, "--resume").wait() == 0
    assert start(*arguments_of(clue, whole)).wait() == 0
    return killed / "tnews", whole / "tnews"


@pytest.mark.beside(runs=kill_and_resume)
def test_a_process_killed_by_the_system_goes_on_whatever_was_begun_beside(
    beside,
):
    killed, whole = beside
    assert read_history(killed) == read_history(whole)
    assert len(read_history(killed)) == 3
    for one, other in zip(*map(weights_of, beside), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
