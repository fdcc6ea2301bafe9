"""What a finished run leaves behind."""

import csv
import json
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from clue_baselines import __main__ as listing
from clue_baselines import afqmc
from clue_baselines import tnews
from clue_baselines.harness import data
from clue_baselines.harness.run import main
from keras_addons import models
from keras_addons.text import Tokenizer


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
        "best.weights.h5",
        "history.csv",
        "learning-curve.png",
        "metrics.json",
        "tnews_predict.json",
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


def test_the_submission_has_the_official_form(results, clue):
    answers = read_json_lines(results / "tnews_predict.json")
    asked = read_json_lines(clue / "tnews/test.json")
    assert [a["id"] for a in answers] == [record["id"] for record in asked]
    for answer in answers:
        assert list(answer) == ["id", "label"]
        assert answer["label"] in tnews.task.label_names


def test_best_weights_answer_as_the_submission_does(results, clue):
    tokenizer = Tokenizer.from_file(results / "vocab.txt")
    encoder = models.RoFormer.from_size("tiny", tokenizer.vocabulary_size)
    model = tnews.task.build(encoder, pretrained=False)
    model.load_weights(results / "best.weights.h5")
    records = data.read_records(tnews.task, clue)
    batches, _ = data.make_batches(tnews.task, tokenizer, records, 8, seed=0)
    outputs = batches.test.restore(model.predict(batches.test, verbose=0))
    answers = tnews.task.decode(outputs, records.test)
    assert answers == read_json_lines(results / "tnews_predict.json")


def test_a_finished_run_is_not_resumed(results, clue, capsys):
    before = (results / "metrics.json").read_bytes()
    output = str(results.parent)
    arguments = ["--data-dir", str(clue), "--output-dir", output]
    metrics = main(tnews.task, [*arguments, "--resume"])
    assert "is finished: nothing to resume" in capsys.readouterr().out
    assert metrics == json.loads(before)


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
    monkeypatch.setattr(data, "SAMPLE_PARTS", parts)
    arguments = ["--output-dir", str(tmp_path), "--epochs=1", "--accumulate=2"]
    metrics = main(tnews.task, [*arguments, "--precision=mixed_bfloat16"])
    printed = capsys.readouterr().out
    assert printed.count("GENERATED SAMPLE DATA") == 2
    assert metrics["data"] == "generated sample data"
    assert (tmp_path / "tnews/tnews_predict.json").exists()
    assert keras.config.dtype_policy().name == "float32"


def save_checkpoint(folder, clue):
    """Writes a small BERT with a vocabulary of the task's texts."""
    records = data.read_records(afqmc.task, clue).train
    texts = [text for part in afqmc.task.texts(records) for text in part]
    tokenizer = Tokenizer.from_texts(texts)
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
    before = models.from_checkpoint(checkpoint)
    after = models.from_checkpoint(checkpoint)
    model = afqmc.task.build(after, pretrained=True)
    model.load_weights(tmp_path / "afqmc/best.weights.h5")
    for one, other in zip(before.weights, after.weights):
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


def test_the_tasks_are_listed(capsys):
    listing.main()
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("tnews ") for line in lines)
    assert any(line.startswith("afqmc ") for line in lines)
    assert not any(line.startswith("_") for line in lines)
