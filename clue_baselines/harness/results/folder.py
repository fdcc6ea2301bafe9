"""The results folder: the files of a run appear all together, or none does.

A run writes to `OUTPUT_DIR/TASK/unfinished`. Once metrics.json is there, the
run is finished and its files are moved one level up, metrics.json last. A run
that is killed during the move finishes it when it is resumed.
"""

import json
import os
import shutil
from contextlib import contextmanager
from contextlib import suppress

import filelock

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import one_line
from clue_baselines.harness.errors import resuming
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options.command_line import check_equal
from clue_baselines.harness.options.command_line import describe
from clue_baselines.harness.results.files import write_json
from clue_baselines.harness.results.state import BEST
from clue_baselines.harness.results.state import STATE
from keras_addons.files import remove_temporaries

METRICS = "metrics.json"
# Files that a later run may not have, with other data or other test files.
OF_TESTS = ("*_predict.json", "test_scores.json")


def unfinished_part(folder):
    return folder / "unfinished"


@contextmanager
def locked(folder):
    """Locks a folder against other runs; a killed run leaves no lock.

    Raises:
        UserError: another run is at work there.
    """
    with user_errors():
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise UserError(f"{folder}: another run is at work there") from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps a file that is in use
            (folder / ".lock").unlink()
        lock.release()


@contextmanager
def opened(folder, resume):
    """Locks and opens the folder of an unfinished run.

    Raises:
        UserError: another run is at work there, or nothing can be written.
    """
    unfinished = unfinished_part(folder)
    with locked(folder):
        try:
            if unfinished.exists() and not resume:
                shutil.rmtree(unfinished)
            unfinished.mkdir(exist_ok=True)
            remove_temporaries(unfinished)
            yield unfinished
        except OSError as error:
            raise UserError(
                f"{one_line(error)}; --resume goes on after the last epoch "
                "that was finished"
            ) from error


def finished_before(folder, options):
    """Returns metrics.json of a finished run; None if there is none.

    Raises:
        UserError: it had other options.
    """
    unfinished = unfinished_part(folder)
    if unfinished.exists():
        with locked(folder), user_errors():
            publish_rest(folder)
    if unfinished.exists() or not (folder / METRICS).exists():
        return None
    with user_errors(f"{folder / METRICS}: "):
        metrics = json.loads((folder / METRICS).read_text("utf8"))
    with resuming():
        check_equal(metrics["options"], describe(options), "finished")
    print(f"The run in {folder} is finished: nothing to resume.")
    return metrics


def finish(folder, metrics):
    """Writes metrics.json and publishes the files beside it.

    Returns:
        The figures, and the names of the files.
    """
    unfinished = unfinished_part(folder)
    remove_temporaries(unfinished)
    names = {path.name for path in unfinished.iterdir()}
    names -= {STATE, BEST, METRICS}
    metrics = {**metrics, "files": sorted(names)}
    write_json(unfinished / METRICS, metrics)
    publish(folder)
    return metrics


def publish_rest(folder):
    """Finishes the publishing of a run that was killed during it."""
    unfinished = unfinished_part(folder)
    if (unfinished / METRICS).exists():
        publish(folder)
    elif (folder / METRICS).exists() and not any(unfinished.iterdir()):
        unfinished.rmdir()


def publish(folder):
    """Replaces the former results by those of a finished run; repeatable."""
    unfinished = unfinished_part(folder)
    metrics = json.loads((unfinished / METRICS).read_text("utf8"))
    (folder / METRICS).unlink(missing_ok=True)
    for pattern in OF_TESTS:
        for old in folder.glob(pattern):
            if old.name not in metrics["files"]:
                old.unlink()
    for name in metrics["files"]:
        if (unfinished / name).exists():
            os.replace(unfinished / name, folder / name)
    for path in unfinished.iterdir():
        if path.name != METRICS:
            path.unlink()
    # metrics.json last: where it is, the rest is.
    os.replace(unfinished / METRICS, folder / METRICS)
    unfinished.rmdir()
