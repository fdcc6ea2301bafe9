"""Each mistake of a user is one line, a status, and nothing left behind."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clue_baselines import afqmc
from clue_baselines import tnews
from clue_baselines.harness.checkpoint import load_checkpoint
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.run import main
from clue_baselines.roformer_sim import stage1
from keras_addons import models
from keras_addons.text import Tokenizer
from tests.clue_baselines.runs import failure

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(clue, tmp_path):
    return Path(shutil.copytree(clue, tmp_path / "clue"))


def replace_line(path, number, line):
    lines = path.read_text("utf8").splitlines()
    lines[number - 1] = line if isinstance(line, str) else json.dumps(line)
    path.write_text("\n".join(lines), encoding="utf8")


@pytest.mark.parametrize(
    ("task", "line", "message"),
    [
        (tnews.task, "{'label': '100'}", "not JSON"),
        (tnews.task, ["100", "好"], "not a JSON object"),
        (tnews.task, {"label": "100"}, "key 'sentence' is missing"),
        (tnews.task, {"sentence": "好"}, "key 'label' is missing"),
        (
            tnews.task,
            {"label": "105", "sentence": "好"},
            "unknown label '105', expected one of 100, 101",
        ),
        (
            tnews.task,
            {"label": "100", "sentence": 3},
            "'sentence' must be a string. Received: 3",
        ),
        (
            tnews.task,
            {"label": "100", "sentence": "好", "keywords": None},
            "'keywords' must be a string. Received: None",
        ),
        (
            afqmc.task,
            {"label": "0", "sentence1": "好"},
            "key 'sentence2' is missing",
        ),
        (
            afqmc.task,
            {"label": "2", "sentence1": "好", "sentence2": "好"},
            "unknown label '2', expected one of 0, 1",
        ),
    ],
)
@pytest.mark.parametrize("part", ["train", "dev"])
def test_a_bad_record_is_named(
    task, line, message, part, copy, tmp_path, capsys
):
    path = copy / task.name / f"{part}.json"
    replace_line(path, 5, line)
    output = tmp_path / "results"
    arguments = ["--data-dir", copy, "--output-dir", output]
    error = failure(task, arguments, capsys)
    assert error.startswith(f"{path}:5: {message}")
    assert not output.exists()


@pytest.mark.parametrize("part", ["train", "dev"])
def test_a_missing_and_an_empty_file_are_named(part, copy, tmp_path, capsys):
    path = copy / "tnews" / f"{part}.json"
    output = tmp_path / "results"
    arguments = ["--data-dir", copy, "--output-dir", output]
    path.write_bytes(b"")
    error = failure(tnews.task, arguments, capsys)
    assert error == f"{path}: the file is empty"
    path.unlink()
    error = failure(tnews.task, arguments, capsys)
    assert error == f"{path}: No such file or directory"
    assert not output.exists()


@pytest.mark.parametrize("name", ["test.json", "test1.0.json"])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "key 'id' is missing"),
        ({"id": None}, "'id' must be a number or a string. Received: None"),
        ({"id": True}, "'id' must be a number or a string. Received: True"),
        ({"id": [1]}, "'id' must be a number or a string. Received: [1]"),
        ({"id": float("nan")}, "'id' must be a number or a string. Rec"),
        ({"id": float("inf")}, "'id' must be a number or a string. Rec"),
        ({"id": "\ud83d"}, "'id' holds half a character"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_an_id_that_no_submission_can_hold_is_named_before_training(
    name, values, message, copy, tmp_path, capsys
):
    path = copy / "tnews" / name
    replace_line(path, 2, {"sentence": "好", **values})
    output = tmp_path / "results"
    arguments = ["--data-dir", copy, "--output-dir", output]
    error = failure(tnews.task, arguments, capsys)
    assert error.startswith(f"{path}:2: {message}")
    assert not output.exists()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--epochs", "0", "must be a whole number, at least 1. Received: 0"),
        ("--epochs", "1.5", "must be a whole number, at least 1"),
        ("--batch-size", "-2", "must be a whole number, at least 1"),
        ("--accumulate", "0", "must be a whole number, at least 1"),
        ("--lookahead", "-1", "must be a whole number, at least 0"),
        ("--learning-rate", "0", "must be a number above 0. Received: 0"),
        ("--learning-rate", "nan", "must be a number above 0. Received: nan"),
        ("--learning-rate", "fast", "must be a number above 0"),
        ("--dropout", "1", "must be a number from 0 to below 1. Received: 1"),
        ("--seed", "x", "must be a whole number, at least 0. Received: x"),
        ("--model", "huge", "invalid choice: 'huge'"),
        ("--optimizer", "magic", "'magic' is not one of"),
        ("--precision", "int8", "invalid choice: 'int8'"),
    ],
)
def test_a_bad_option_is_named(option, value, message, capsys):
    error = failure(tnews.task, [option, value], capsys, status=2)
    assert error.startswith(f"argument {option}: {message}")


def test_a_size_of_a_checkpoint_is_refused(tmp_path, capsys):
    arguments = ["--checkpoint", tmp_path, "--model", "tiny"]
    error = failure(tnews.task, arguments, capsys, status=2)
    assert error == "--model: not allowed with --checkpoint"


def test_options_of_a_training_are_refused_with_a_prediction(capsys):
    arguments = ["--predict", "new.json", "--learning-rate=1"]
    error = failure(tnews.task, arguments, capsys, status=2)
    assert error == "--learning-rate: not allowed with --predict"


def test_a_prediction_without_a_model_or_with_a_bad_one_is_named(
    copy, tmp_path, capsys
):
    path = copy / "tnews/test.json"
    arguments = ["--predict", path, "--output-dir", tmp_path]
    folder = tmp_path / "tnews"
    error = failure(tnews.task, arguments, capsys)
    assert error == f"{folder / 'task.json'}: No such file or directory"
    folder.mkdir()
    config = {"shape": tnews.task.shape, **tnews.task.get_config()}
    (folder / "task.json").write_text(json.dumps(config)[:-9])
    error = failure(tnews.task, arguments, capsys)
    assert error.startswith(f"{folder / 'task.json'}: ")
    (folder / "task.json").write_text(json.dumps({**config, "shape": "new"}))
    error = failure(tnews.task, arguments, capsys)
    assert error.startswith(f"{folder / 'task.json'}: unknown shape 'new'")
    (folder / "task.json").write_text(json.dumps(config))
    Tokenizer.from_texts(["好"]).save(folder / "vocab.txt")
    (folder / "model.keras").write_bytes(b"half")
    error = failure(tnews.task, arguments, capsys)
    assert error.startswith(f"{folder / 'model.keras'}: ")


def test_a_checkpoint_without_vocabulary_is_named(tmp_path, capsys):
    output = tmp_path / "results"
    arguments = ["--checkpoint", tmp_path, "--output-dir", output]
    error = failure(tnews.task, arguments, capsys)
    path = tmp_path / "vocab.txt"
    assert error == f"--checkpoint: {path}: No such file or directory"
    path.write_text("[PAD]\n[UNK]\n[CLS]\n好\n", encoding="utf8")
    error = failure(tnews.task, arguments, capsys)
    assert error == f"--checkpoint: {path}: the vocabulary lacks [SEP]"
    assert not output.exists()


@pytest.mark.parametrize("change", [1, -1])
def test_a_vocabulary_of_another_size_is_refused(
    change, clue, tmp_path, capsys
):
    # On JAX ids beyond the model's table would be read as the last one.
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"好吃看天气"]
    models.Bert(len(tokens), 1, 2, 16, 32).save_checkpoint(tmp_path)
    tokens = [*tokens, "多"] if change == 1 else tokens[:change]
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(tokens) + "\n", encoding="utf8")
    output = tmp_path / "results"
    arguments = ["--data-dir", clue, "--output-dir", output]
    error = failure(tnews.task, [*arguments, "--checkpoint", tmp_path], capsys)
    assert error.startswith(
        f"--checkpoint: {path}: {9 + change} tokens, but the model has 9"
    )
    assert not output.exists()


def test_fewer_positions_than_the_task_reads_are_refused(
    clue, tmp_path, capsys
):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"好吃看天气"]
    models.Bert(
        9, 1, 2, 16, 32, max_length=20, with_lm_head=True
    ).save_checkpoint(tmp_path)
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(tokens) + "\n", encoding="utf8")
    arguments = ["--data-dir", clue, "--output-dir", tmp_path / "results"]
    arguments += ["--checkpoint", tmp_path]
    error = failure(tnews.task, arguments, capsys)
    longest = tnews.task.max_length
    assert f"has 20 positions, fewer than the {longest} tokens" in error
    with pytest.raises(SystemExit):
        main(stage1.stage, [str(each) for each in arguments[2:]])
    # Two sentences of 64 share a [CLS].
    error = capsys.readouterr().err
    assert "has 20 positions, fewer than the 127 tokens" in error
    load_checkpoint(tmp_path, 20)
    with pytest.raises(UserError, match="fewer than the 21 tokens"):
        load_checkpoint(tmp_path, 21)


def test_an_output_folder_that_is_a_file_is_named(clue, tmp_path, capsys):
    output = tmp_path / "results"
    output.write_text("in the way")
    arguments = ["--data-dir", clue, "--output-dir", output]
    assert str(output) in failure(tnews.task, arguments, capsys)


def run_on_nothing(folder):
    command = [sys.executable, "-m", "clue_baselines.tnews"]
    process = subprocess.run(
        [*command, "--data-dir", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return process, folder / "tnews/train.json"


@pytest.mark.beside(runs=run_on_nothing)
def test_the_script_fails_with_one_line_and_a_status(beside):
    process, path = beside
    assert process.returncode == 1
    last = process.stderr.splitlines()[-1]
    message = f"{path}: No such file or directory"
    assert last == f"clue_baselines.tnews: error: {message}"
    assert "Traceback" not in process.stderr
