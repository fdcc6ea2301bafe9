"""`python -m clue_baselines pretrain`, and tasks that go on from it."""

import json

import numpy as np
import pytest

from clue_baselines import __main__ as program
from clue_baselines import tnews
from clue_baselines.commands import pretrain
from clue_baselines.harness.encoder import recorded_in
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results import state as state_module
from clue_baselines.harness.run import main
from keras_addons import models
from keras_addons.text import Tokenizer

pytestmark = pytest.mark.usefixtures("without_tracing")
TEXTS = ["今天天气很好。", "我们去公园吧！", "你为什么不去呢？", "花呗怎么提额"]
QUICK = ["--epochs=2", "--batch-size=8", "--max-length=16"]


@pytest.fixture
def texts(tmp_path):
    """A file of short texts and a long one."""
    path = tmp_path / "texts.txt"
    path.write_text("\n".join([*TEXTS * 8, "".join(TEXTS) * 4]), "utf8")
    return path


def run(*arguments):
    return program.main(["pretrain", *map(str, arguments)])


def metrics_in(folder):
    return json.loads((folder / "metrics.json").read_text("utf8"))


def test_a_task_goes_on_from_what_texts_of_any_file_left(
    texts, clue, tmp_path, capsys
):
    more = clue / "tnews/train.json"
    run("--texts", texts, more, "--output-dir", tmp_path, *QUICK)
    folder = tmp_path / "pretrain"
    printed = capsys.readouterr().out
    assert f"--checkpoint {folder}" in printed and "SAMPLE" not in printed
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "history.csv",
        "learning-curve.png",
        "metrics.json",
        "model.safetensors",
        "vocab.txt",
    ]
    assert metrics_in(folder)["data"] == f"{texts} {more}"
    assert metrics_in(folder)["dev_loss"] > 0
    encoder = models.from_checkpoint(folder)
    assert encoder.architecture.attention == "bidirectional"
    assert encoder.architecture.with_lm_head
    assert recorded_in(folder)["pooling"] == "last_average"
    vocabulary = Tokenizer.from_file(folder / "vocab.txt").vocabulary
    assert {"公", "园", "[MASK]"} <= set(vocabulary)
    start = ["--data-dir", str(clue), "--checkpoint", str(folder)]
    start += ["--output-dir", str(tmp_path), "--epochs=1"]
    assert main(tnews.task, start)["options"]["pooling"] == "mean"
    assert "uses bidirectional attention" not in capsys.readouterr().out


def test_the_folder_of_clue_is_read_without_its_dev_and_test(
    clue, tmp_path, capsys
):
    run("--data-dir", clue, "--output-dir", tmp_path, "--epochs=1")
    # 64 titles and at most 64 pairs of questions; no long text.
    rows, tokens = capsys.readouterr().out.split(" rows, ")
    assert 64 < int(rows.split()[-1]) <= 128
    assert int(tokens.split()[0]) > 1000
    assert metrics_in(tmp_path / "pretrain")["data"] == str(clue)


def test_without_data_it_runs_on_samples_and_says_so(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(pretrain, "SAMPLE_SIZE", 64)
    run("--output-dir", tmp_path, "--epochs=1")
    assert "GENERATED SAMPLE DATA" in capsys.readouterr().out
    data = metrics_in(tmp_path / "pretrain")["data"]
    assert data == "generated sample data"


def test_words_of_both_texts_of_a_pair_are_hidden_anew_in_every_epoch(clue):
    job = pretrain.job
    arguments = ["--data-dir", str(clue), "--mask-rate=0.5"]
    options = job.settled(parse_options(job, arguments))
    records = job.read(options)
    tokenizer = Tokenizer.from_texts(job.texts(records))
    train = job.data(tokenizer, records, options).train
    batch = train[0]
    hidden, again = (train[0]["target_ids"] > 0 for _ in range(2))
    np.testing.assert_array_equal(hidden, again)
    for segment in (0, 1):
        of_segment = (batch["segment_ids"] == segment) & (
            (batch["token_ids"] > 4) | hidden
        )
        # Half of the words, and so about half of the tokens.
        share = hidden[of_segment].mean()
        assert 0.3 < share < 0.7, segment
    # The rows of a batch change with the epoch, so its draws are looked at.
    draws = []
    for train.epoch in (0, 1, 0):
        draws.append(train.generator(0).random())
    assert draws[0] == draws[2] != draws[1]


class Killed(Exception):
    pass


def test_a_killed_run_goes_on_to_the_same_weights(texts, tmp_path, monkeypatch):
    start = ["--texts", texts, *QUICK, "--dropout=0.2"]
    run(*start, "--output-dir", tmp_path / "whole")

    def die(self, batch, logs=None):
        if self.batches.epoch == 1:
            raise Killed

    killed = [*start, "--output-dir", tmp_path / "killed"]
    with monkeypatch.context() as patch:
        patch.setattr(
            state_module.TrainingState, "on_train_batch_end", die, raising=False
        )
        with pytest.raises(Killed):
            run(*killed)
    run(*killed, "--resume")
    whole, resumed = (
        models.from_checkpoint(tmp_path / name / "pretrain")
        for name in ("whole", "killed")
    )
    for one, other in zip(whole.get_weights(), resumed.get_weights()):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_other_texts_are_refused_in_a_resumed_run(
    texts, tmp_path, monkeypatch, capsys
):
    def die(self, batch, logs=None):
        if self.batches.epoch == 1:
            raise Killed

    start = ["--texts", texts, *QUICK, "--output-dir", tmp_path]
    with monkeypatch.context() as patch:
        patch.setattr(
            state_module.TrainingState, "on_train_batch_end", die, raising=False
        )
        with pytest.raises(Killed):
            run(*start)
    texts.write_text("\n".join(reversed([*TEXTS * 8, "".join(TEXTS) * 4])))
    assert "data was" in failure([*start, "--resume"], capsys)


def failure(arguments, capsys, status=1):
    with pytest.raises(SystemExit) as error:
        run(*arguments)
    assert error.value.code == status
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert message.startswith("clue_baselines.pretrain: error: ")
    return message


def test_mistakes_are_one_line_and_leave_nothing(texts, tmp_path, capsys):
    output = ["--output-dir", tmp_path / "out"]
    none, empty, other = (tmp_path / f"{n}.txt" for n in ("none", "e", "gb"))
    empty.write_text("\n")
    other.write_bytes(b"ok\n" + "好".encode("gb18030"))
    for path, message in (
        (none, "none.txt: No such file"),
        (empty, "e.txt: the file is empty"),
        (other, "gb.txt:2: not UTF-8 text"),
    ):
        assert message in failure(["--texts", texts, path, *output], capsys)
    both = ["--texts", texts, "--data-dir", tmp_path]
    message = failure([*both, *output], capsys)
    assert "--texts: not allowed with --data-dir" in message
    message = failure(["--data-dir", tmp_path / "none", *output], capsys)
    assert "none: no file of .json" in message
    failure(["--texts", texts, "--mask-rate=1.5", *output], capsys, 2)
    message = failure(["--texts", texts, "--mask-rate=0", *output], capsys)
    assert "--mask-rate: must be above 0" in message
    one = tmp_path / "one.txt"
    one.write_text("好")
    message = failure(["--texts", one, *output], capsys)
    assert "at least 2 rows" in message
    assert not (tmp_path / "out").exists()
