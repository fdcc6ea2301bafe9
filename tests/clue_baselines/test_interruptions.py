"""A full disk, a damaged file, a kill: one line, and nothing is lost."""

import errno
import json
import os
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from clue_baselines import tnews
from clue_baselines.harness.arrays import read_arrays
from clue_baselines.harness.arrays import write_arrays
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.results import folder as results_module
from clue_baselines.harness.results import state as state_module
from clue_baselines.harness.run import main
from keras_addons import files
from tests.clue_baselines.runs import failure

pytestmark = pytest.mark.usefixtures("without_tracing")


class Killed(BaseException):
    """As a kill it is caught by nobody."""


@pytest.fixture(scope="module")
def arguments(clue):
    return ["--data-dir", clue, "--epochs=2", "--batch-size=32", "--seed=1"]


def run(arguments, output, *more):
    everything = [*arguments, "--output-dir", output, *more]
    return main(tnews.task, list(map(str, everything)))


@pytest.fixture(scope="module")
def whole(arguments, tmp_path_factory, without_tracing):
    """The results of a run that nobody disturbed."""
    output = tmp_path_factory.mktemp("whole")
    run(arguments, output)
    return output / "tnews"


@pytest.fixture(scope="module")
def one_epoch(arguments, tmp_path_factory, without_tracing):
    """What is left of a run killed in its second epoch."""
    output = tmp_path_factory.mktemp("one_epoch")

    def on_epoch_begin(self, epoch, logs=None):
        before(self, epoch)
        if epoch == 1:
            raise Killed

    before = state_module.TrainingState.on_epoch_begin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            state_module.TrainingState, "on_epoch_begin", on_epoch_begin
        )
        with pytest.raises(Killed):
            run(arguments, output)
    return output


@pytest.fixture(scope="module")
def all_but_published(arguments, tmp_path_factory, without_tracing):
    """What is left of a run killed when it was about to be published."""
    output = tmp_path_factory.mktemp("all_but_published")

    def publish(folder):
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results_module, "publish", publish)
        with pytest.raises(Killed):
            run(arguments, output)
    return output


def contents(folder):
    """Path and content of every file below a folder."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def assert_as_whole(folder, whole):
    """The same files, figures and answers; times differ."""
    assert sorted(os.listdir(folder)) == sorted(os.listdir(whole))
    one, other = (
        json.loads((f / "metrics.json").read_text("utf8"))
        for f in (folder, whole)
    )
    assert one["dev_accuracy"] == other["dev_accuracy"]
    assert one["files"] == other["files"]
    name = "tnews11_predict.json"
    assert (folder / name).read_bytes() == (whole / name).read_bytes()


def no_training(*arguments, **options):
    raise AssertionError("trained again")


class KilledAt:
    """Counts the calls that change a folder; at one of them, a kill."""

    def __init__(self, number, patch):
        self.left = number
        self.watch(patch, os, "replace")
        self.watch(patch, Path, "unlink")
        self.watch(patch, Path, "rmdir")

    def watch(self, patch, owner, name):
        original = getattr(owner, name)

        def function(*arguments, **options):
            self.left -= 1
            if self.left == 0:
                raise Killed
            return original(*arguments, **options)

        patch.setattr(owner, name, function)


def test_a_run_killed_while_it_is_published_is_not_trained_again(
    arguments, all_but_published, whole, tmp_path, monkeypatch
):
    monkeypatch.setattr(keras.Model, "fit", no_training)
    number = 0
    was_killed = True
    while was_killed:
        number += 1
        output = tmp_path / str(number)
        shutil.copytree(all_but_published, output)
        # Of a run before it, with a test that there is no more.
        for old in ("metrics.json", "tnews_predict.json"):
            (output / "tnews" / old).write_text("{}")
        was_killed = False
        with monkeypatch.context() as patch:
            KilledAt(number, patch)
            try:
                results_module.publish(output / "tnews")
            except Killed:
                was_killed = True
        run(arguments, output, "--resume")
        assert_as_whole(output / "tnews", whole)
    assert number > len(os.listdir(whole))


def test_what_a_kill_left_half_written_is_removed(
    arguments, one_epoch, whole, tmp_path
):
    output = shutil.copytree(one_epoch, tmp_path / "output")
    unfinished = output / "tnews/unfinished"
    (unfinished / f"{files.TEMPORARY}1-state.npz").write_text("half")
    (unfinished / f"{files.TEMPORARY}folder").mkdir()
    run(arguments, output, "--resume")
    assert_as_whole(output / "tnews", whole)


def half(content):
    return content[: len(content) // 2]


def one_bit_flipped(content):
    # In the midst of the data, where only the checksum can tell.
    middle = len(content) // 2
    return (
        content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    )


@pytest.mark.parametrize("name", ["state.npz", "best.npz"])
@pytest.mark.parametrize("damage", [half, one_bit_flipped, lambda content: b""])
def test_a_damaged_file_is_one_line_and_stays(
    damage, name, arguments, one_epoch, tmp_path, capsys
):
    output = shutil.copytree(one_epoch, tmp_path / "output")
    path = output / "tnews/unfinished" / name
    path.write_bytes(damage(path.read_bytes()))
    before = contents(output)
    resume = [*arguments, "--output-dir", output, "--resume"]
    error = failure(tnews.task, resume, capsys)
    assert error.startswith(f"--resume: {path} is damaged (")
    assert error.endswith("); without --resume a new run starts")
    assert contents(output) == before


def test_any_flipped_bit_is_noticed_or_harmless(tmp_path):
    path = tmp_path / "state.npz"
    arrays = [np.arange(5.0), np.array(7), np.zeros((2, 0), "int32")]
    write_arrays(path, arrays, {"seed": 1})
    whole = path.read_bytes()
    noticed = 0
    bits = range(0, 8 * len(whole), 9)  # another place in every byte
    for bit in bits:
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        try:
            found, words = read_arrays(path)
        except UserError as error:
            assert "is damaged" in str(error)
            noticed += 1
            continue
        assert words == {"seed": 1}
        for one, other in zip(found, arrays, strict=True):
            np.testing.assert_array_equal(one, other)
    assert noticed > 0.5 * len(bits)


def test_a_state_of_another_model_is_one_line(
    arguments, one_epoch, tmp_path, capsys
):
    output = shutil.copytree(one_epoch, tmp_path / "output")
    path = output / "tnews/unfinished/state.npz"
    found, words = read_arrays(path)
    write_arrays(path, found[:-1], words)
    resume = [*arguments, "--output-dir", output, "--resume"]
    error = failure(tnews.task, resume, capsys)
    assert error.startswith(f"--resume: {path} is of another model or version")


@pytest.mark.parametrize(
    "name", ["best.npz", "state.npz", "model.keras", "metrics.json"]
)
def test_a_full_disk_is_one_line_and_resume_goes_on(
    name,
    arguments,
    one_epoch,
    all_but_published,
    whole,
    tmp_path,
    monkeypatch,
    capsys,
):
    output = tmp_path / "output"
    if name == "state.npz":
        shutil.copytree(one_epoch, output)
    elif name != "best.npz":  # which the first epoch writes
        shutil.copytree(all_but_published, output)
        (output / "tnews/unfinished/metrics.json").unlink()
    replace = os.replace

    def replace_with_full_disk(source, target):
        if Path(target).name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), source)
        return replace(source, target)

    resume = [*arguments, "--output-dir", output, "--resume"]
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_with_full_disk)
        error = failure(tnews.task, resume, capsys)
    assert error.endswith(
        f"{os.strerror(errno.ENOSPC)}; --resume goes on after the last epoch "
        "that was finished"
    )
    assert not list(output.rglob(f"{files.TEMPORARY}*"))
    if name in ("model.keras", "metrics.json"):
        monkeypatch.setattr(keras.Model, "fit", no_training)
    run(resume, output)
    assert_as_whole(output / "tnews", whole)


@pytest.mark.parametrize("more", [[], ["--resume"]], ids=" ".join)
def test_a_folder_where_a_run_is_at_work_is_left_alone(
    more, arguments, one_epoch, tmp_path, capsys
):
    output = shutil.copytree(one_epoch, tmp_path / "output")
    before = contents(output)
    with results_module.locked(output / "tnews"):
        again = [*arguments, "--output-dir", output, *more]
        error = failure(tnews.task, again, capsys)
    assert error == f"{output / 'tnews'}: another run is at work there"
    assert contents(output) == before


def test_resume_says_that_there_is_nothing_to_go_on_from(
    arguments, tmp_path, capsys, monkeypatch
):
    def fit(*arguments, **options):
        raise UserError("far enough")

    monkeypatch.setattr(keras.Model, "fit", fit)
    with pytest.raises(SystemExit):
        run(arguments, tmp_path, "--resume")
    assert "no epoch was finished" in capsys.readouterr().out
