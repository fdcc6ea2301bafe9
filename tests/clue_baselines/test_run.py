"""What a finished run leaves behind."""

import ast
import csv
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from clue_baselines import afqmc
from clue_baselines import tnews
from clue_baselines.harness import record_job
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.heads.pooling import POOLINGS
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results.trained_model import TrainedModel
from clue_baselines.harness.run import main
from keras_addons import models
from keras_addons.text import Tokenizer
from tests.documents import DOCS
from tests.documents import programs
from tests.documents import run


@pytest.fixture(scope="module")
def results(clue, tmp_path_factory):
    """The results of a short run of TNEWS."""
    output = tmp_path_factory.mktemp("results")
    arguments = ["--data-dir", str(clue), "--output-dir", str(output)]
    main(tnews.task, [*arguments, "--epochs=2", "--seed=4"])
    return output / "tnews"


def read_json_lines(path):
    return [json.loads(line) for line in path.read_text("utf8").splitlines()]


def test_the_results_are_complete_and_nothing_else_is_left(results):
    assert sorted(path.name for path in results.iterdir()) == [
        "dev_answers.jsonl",
        "history.csv",
        "learning-curve.png",
        "metrics.json",
        "model.keras",
        "task.json",
        "tnews10_predict.json",
        "tnews11_predict.json",
        "vocab.txt",
    ]
    picture = (results / "learning-curve.png").read_bytes()
    assert picture.startswith(b"\x89PNG")


def test_metrics_are_those_of_the_best_epoch(results):
    metrics = json.loads((results / "metrics.json").read_text("utf8"))
    with open(results / "history.csv", encoding="utf8") as file:
        history = list(csv.DictReader(file))
    assert [row["epoch"] for row in history] == ["1", "2"]
    best = max(float(row["val_accuracy"]) for row in history)
    assert metrics["dev_accuracy"] == best
    assert metrics["seed"] == 4
    assert metrics["options"]["epochs"] == 2
    assert metrics["versions"]["keras"] == keras.__version__
    assert metrics["backend"] == keras.backend.backend()


@pytest.mark.parametrize(
    ("test", "submission"),
    [
        ("test.json", "tnews11_predict.json"),
        ("test1.0.json", "tnews10_predict.json"),
    ],
)
def test_both_versions_of_the_test_have_a_submission_of_the_official_form(
    test, submission, results, clue
):
    answers = read_json_lines(results / submission)
    asked = read_json_lines(clue / "tnews" / test)
    assert [a["id"] for a in answers] == [record["id"] for record in asked]
    for answer in answers:
        assert list(answer) == ["id", "label"]
        assert answer["label"] in tnews.task.label_names


def test_a_trained_model_is_three_lines_away(results, clue):
    model = TrainedModel.from_folder(results)
    asked = read_json_lines(clue / "tnews/test.json")
    texts = [(each["sentence"], each["keywords"]) for each in asked]
    submitted = read_json_lines(results / "tnews11_predict.json")
    expected = [answer["label"] for answer in submitted]
    assert len(set(expected)) > 1
    assert model.answers(asked) == model.answers(texts) == expected
    assert len(model.answers(["国足逆转取胜"])) == 1  # keywords are optional
    assert model.answers([]) == []
    with pytest.raises(UserError, match="text 2: expected a text for each of"):
        model.answers(["国足", ("国足", "逆转", "取胜")])
    with pytest.raises(UserError, match="text 1: 'sentence' must be a string"):
        model.answers([{"sentence": None}])


def test_the_program_of_the_document_answers(
    results, tmp_path, monkeypatch, capsys
):
    (tmp_path / "results").symlink_to(results.parent)
    monkeypatch.chdir(tmp_path)
    (program,) = programs("clue_baselines.md", "A trained model")
    run(program, "docs/clue_baselines.md")
    answers = ast.literal_eval(capsys.readouterr().out.splitlines()[-1])
    assert len(answers) == 2
    assert set(answers) <= set(tnews.task.label_names)


def test_the_saved_labels_answer_whatever_the_code_says_now(results, clue):
    # One who has reordered the labels since still reads those of the model.
    config = json.loads((results / "task.json").read_text("utf8"))
    assert config["label_names"] == list(tnews.task.label_names)
    names = [f"class {i}" for i in range(len(config["label_names"]))]
    asked = read_json_lines(clue / "tnews/test.json")
    model = TrainedModel.from_folder(results)
    before = model.answers(asked)
    model.task.label_names = names
    renamed = [names[config["label_names"].index(each)] for each in before]
    assert model.answers(asked) == renamed


@pytest.mark.parametrize("name", ["new.json", "new.txt"])
def test_a_file_is_answered_from_the_shell(
    name, results, clue, tmp_path, capsys
):
    asked = read_json_lines(clue / "tnews/test.json")[:3]
    for record in asked:
        del record["keywords"]
    path = tmp_path / name
    if name == "new.json":
        asked = [{"sentence": each["sentence"]} for each in asked]
        asked[1]["id"] = 7
        path.write_text("\n".join(map(json.dumps, asked)), "utf8")
    else:
        path.write_text("\n".join(each["sentence"] for each in asked), "utf8")
    place = ["--output-dir", str(results.parent)]
    capsys.readouterr()
    answers = main(tnews.task, [*place, "--predict", str(path)])
    assert answers == TrainedModel.from_folder(results).answers(asked)
    printed = [
        json.loads(line) for line in capsys.readouterr().out.split("\n")[:-1]
    ]
    expected = [{"label": answer} for answer in answers]
    if name == "new.json":
        expected[1] = {"id": 7, "label": answers[1]}
    assert printed == expected


def test_a_finished_run_is_not_resumed_and_says_what_differs(
    results, clue, capsys
):
    before = (results / "metrics.json").read_bytes()
    output = str(results.parent)
    arguments = ["--data-dir", str(clue), "--output-dir", output]
    same = [*arguments, "--epochs=2", "--seed=4"]
    metrics = main(tnews.task, [*same, "--resume"])
    assert "is finished: nothing to resume" in capsys.readouterr().out
    assert metrics == json.loads(before)
    with pytest.raises(SystemExit):
        main(tnews.task, [*same, "--resume", "--optimizer=sgd"])
    message = capsys.readouterr().err
    assert message == (
        "clue_baselines.tnews: error: --resume: optimizer was adamw in the "
        "finished run, now it is sgd; without --resume a new run starts\n"
    )
    assert (results / "metrics.json").read_bytes() == before


def test_a_failed_run_leaves_the_results_before_it(results, clue, capsys):
    before = {path: path.read_bytes() for path in results.iterdir()}
    arguments = ["--data-dir", str(results), "--output-dir"]
    with pytest.raises(SystemExit):
        main(tnews.task, [*arguments, str(results.parent)])
    assert {path: path.read_bytes() for path in results.iterdir()} == before


@pytest.mark.usefixtures("without_tracing")
def test_sample_data_is_announced_and_needs_no_test_file(
    tmp_path, capsys, monkeypatch
):
    parts = {"train": (64, 0), "dev": (16, 1), "test": (8, 2)}
    monkeypatch.setattr(record_job, "SAMPLE_PARTS", parts)
    arguments = ["--output-dir", str(tmp_path), "--epochs=1", "--accumulate=2"]
    metrics = main(tnews.task, [*arguments, "--precision=mixed_bfloat16"])
    printed = capsys.readouterr().out
    assert printed.count("GENERATED SAMPLE DATA") == 2
    assert metrics["data"] == "generated sample data"
    assert (tmp_path / "tnews/tnews11_predict.json").exists()
    assert not (tmp_path / "tnews/tnews10_predict.json").exists()
    assert keras.config.dtype_policy().name == "float32"


def save_checkpoint(folder, clue):
    """Writes a small BERT with a vocabulary of the task's texts."""
    options = parse_options(afqmc.task, ["--data-dir", str(clue)])
    records = afqmc.task.read(options)
    tokenizer = Tokenizer.from_texts(afqmc.task.texts(records))
    encoder = models.Bert(tokenizer.vocabulary_size, 1, 2, 16, 32)
    encoder.save_checkpoint(folder)
    tokenizer.save(folder / "vocab.txt")


@pytest.mark.usefixtures("without_tracing")
def test_training_starts_from_a_checkpoint(clue, tmp_path, capsys):
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    save_checkpoint(checkpoint, clue)
    folder = Path(shutil.copytree(clue, tmp_path / "clue"))
    (folder / "afqmc/test.json").unlink()
    arguments = ["--data-dir", str(folder), "--output-dir", str(tmp_path)]
    arguments += ["--checkpoint", str(checkpoint), "--epochs=1"]
    metrics = main(afqmc.task, [*arguments, "--learning-rate=1e-9"])
    assert metrics["options"]["model"] is None
    assert "No test.json for afqmc" in capsys.readouterr().out
    assert not (tmp_path / "afqmc/afqmc_predict.json").exists()
    # A step of 1e-9 leaves the pretrained weights where they were.
    before = models.from_checkpoint(checkpoint).weights
    after = TrainedModel.from_folder(tmp_path / "afqmc").model.weights
    assert len(after) == len(before) + 2  # kernel and bias of the labels
    for one, other in zip(before, after):
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(one),
            keras.ops.convert_to_numpy(other),
            atol=1e-6,
        )


@pytest.mark.usefixtures("without_tracing")
def test_a_loss_that_is_not_finite_ends_the_run(clue, tmp_path, capsys):
    arguments = ["--data-dir", str(clue), "--output-dir", str(tmp_path)]
    arguments += ["--optimizer=sgd", "--learning-rate=1e30", "--epochs=2"]
    with pytest.raises(SystemExit):
        main(tnews.task, arguments)
    assert "try a lower --learning-rate" in capsys.readouterr().err
    assert not (tmp_path / "tnews/metrics.json").exists()


def test_the_document_names_every_file_and_every_pooling(results):
    document = (DOCS / "clue_baselines.md").read_text(encoding="utf8")
    for path in results.iterdir():
        if not path.name.endswith("_predict.json"):
            assert f"`{path.name}`" in document
    for task in (tnews.task, afqmc.task):
        for test, submission in task.submissions.items():
            lines = document.splitlines()
            (name,) = task.files[test]
            names = [f"`{each}`" for each in (task.name, name, submission)]
            assert any(all(each in line for each in names) for line in lines)
    for pooling in POOLINGS:
        assert f"| `{pooling}` |" in document
