"""All stages on a small model, and the programs that use what they leave."""

import io
import json
import os
import warnings

import keras
import numpy as np
import pytest

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results import state as state_module
from clue_baselines.harness.run import main
from clue_baselines.roformer_sim import __main__ as listing
from clue_baselines.roformer_sim import evaluate
from clue_baselines.roformer_sim import generate
from clue_baselines.roformer_sim import masked_lm
from clue_baselines.roformer_sim import pair_sets
from clue_baselines.roformer_sim import search
from clue_baselines.roformer_sim import stage as stage_module
from clue_baselines.roformer_sim import stage1
from clue_baselines.roformer_sim import stage2
from clue_baselines.roformer_sim import supervised
from clue_baselines.roformer_sim.pair_sets import Pair
from clue_baselines.roformer_sim.vectors import load_sentence_encoder
from keras_addons import models
from keras_addons.callbacks import SpearmanEvaluator

pytestmark = pytest.mark.usefixtures("without_tracing")
NEXT = ["--learning-rate=1e-3", "--epochs=1"]


@pytest.fixture(scope="module", autouse=True)
def few_pairs():
    before = pair_sets.SAMPLE_TRAIN, pair_sets.SAMPLE_TEST
    pair_sets.SAMPLE_TRAIN, pair_sets.SAMPLE_TEST = (32, 0), (40, 1)
    yield
    pair_sets.SAMPLE_TRAIN, pair_sets.SAMPLE_TEST = before


@pytest.fixture(scope="module")
def folders(tmp_path_factory, without_tracing):
    """The folder of each stage, after all have run."""
    output = tmp_path_factory.mktemp("roformer_sim")
    place = ["--output-dir", str(output)]
    done = {
        name: output / "roformer_sim" / name
        for name in ("masked_lm", "stage1", "supervised", "stage2")
    }
    main(masked_lm.stage, [*place, "--epochs=1"])
    start = ["--checkpoint", str(done["masked_lm"])]
    main(stage1.stage, [*place, *start, *NEXT])
    start = ["--checkpoint", str(done["stage1"])]
    main(supervised.stage, [*place, *start, *NEXT])
    teacher = ["--teacher", str(done["supervised"])]
    main(stage2.stage, [*place, *start, *teacher, *NEXT])
    return done


def test_every_stage_leaves_a_checkpoint_and_its_figures(folders):
    for name, folder in folders.items():
        assert sorted(path.name for path in folder.iterdir()) == [
            "config.json",
            "history.csv",
            "learning-curve.png",
            "metrics.json",
            "model.safetensors",
            "vocab.txt",
        ], name
        encoder = models.from_checkpoint(folder)
        assert encoder.architecture.attention == "unilm"
        assert encoder.architecture.with_lm_head
        config = json.loads((folder / "config.json").read_text("utf8"))
        assert config["keras_addons"]["pooling"] == "last_average"
        metrics = json.loads((folder / "metrics.json").read_text("utf8"))
        assert metrics["task"] == f"roformer_sim.{name}"
    assert -1 <= metrics_of(folders["supervised"])["dev_spearman"] <= 1
    assert metrics_of(folders["masked_lm"])["dev_loss"] > 0


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text("utf8"))


def test_the_evaluation_has_a_row_for_each_kind_of_vector(
    folders, tmp_path, capsys
):
    output = tmp_path / "table.json"
    table = evaluate.main(
        ["--checkpoint", str(folders["stage1"]), "--output", str(output)]
    )
    assert table == json.loads(output.read_text("utf8"))
    assert list(table) == [
        "TF-IDF",
        "cls, plain",
        "cls, whitened",
        "last_average, plain",
        "last_average, whitened",
        "first_last_average, plain",
        "first_last_average, whitened",
    ]
    printed = capsys.readouterr().out
    for row in table:
        assert row in printed


FEW = [("花呗怎么提额", "怎么提高额度", 5), ("你好", "天气很好", 0.5)]
FEW += [("借呗怎么还款", "怎么还借呗", 4)]


def as_tabs(rows):
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def as_json(rows):
    keys = ("sentence1", "sentence2", "label")
    return "".join(json.dumps(dict(zip(keys, row))) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "write"), [("own.tsv", as_tabs), ("own.json", as_json)]
)
def test_few_pairs_of_any_file_are_evaluated_into_a_folder_that_is_missing(
    folders, tmp_path, capsys, name, write
):
    # 6 sentences vary in 5 directions at most, the vectors have 16 numbers.
    path, output = tmp_path / name, tmp_path / "new/place/table.json"
    path.write_text(write(FEW), "utf8")
    start = ["--checkpoint", str(folders["stage1"]), "--pairs", str(path)]
    start += ["--poolings", "last_average", "--output", str(output)]
    table = evaluate.main(start)
    assert table == json.loads(output.read_text("utf8"))
    assert list(table) == [
        "TF-IDF",
        "last_average, plain",
        "last_average, whitened",
    ]
    assert all(-1 <= row["own"] <= 1 for row in table.values())
    assert "own: 6 sentences, fewer than the" in capsys.readouterr().out


def test_sets_without_an_order_and_pairs_without_a_number(
    folders, tmp_path, capsys
):
    path, output = tmp_path / "own.tsv", tmp_path / "table.json"
    path.write_text(as_tabs([("好", "好", 1)]), "utf8")
    start = ["--checkpoint", str(folders["stage1"]), "--pairs", str(path)]
    evaluate.main([*start, "--output", str(output)])
    table = json.loads(output.read_text("utf8"))
    assert {value for row in table.values() for value in row.values()} == {None}
    assert "all labels are equal" in capsys.readouterr().out
    path.write_text(as_tabs([("好", "好", 1), ("好", "坏", "nan")]), "utf8")
    message = failure(evaluate.main, start, capsys)
    assert "own.tsv:2: 'label' must be a number. Received: 'nan'" in message
    path.write_text("好\t坏\n", "utf8")
    message = failure(evaluate.main, start, capsys)
    assert "own.tsv:1: expected 3 columns" in message
    message = failure(
        evaluate.main, [*start, "--output", f"{path}/table.json"], capsys
    )
    assert "--output: " in message and "own.tsv" in message


def test_an_evaluation_that_fails_leaves_the_older_table(tmp_path, capsys):
    older, fresh = tmp_path / "older.json", tmp_path / "new/fresh.json"
    older.write_text('{"TF-IDF": {"bq": 0.5}}', "utf8")
    for output in (older, fresh):
        start = ["--checkpoint", "nowhere", "--output", output]
        message = failure(evaluate.main, start, capsys)
        assert "nowhere/vocab.txt: No such file" in message
    assert older.read_text("utf8") == '{"TF-IDF": {"bq": 0.5}}'
    assert sorted(os.listdir(tmp_path)) == ["new", "older.json"]
    assert not os.listdir(tmp_path / "new")


def test_an_output_that_cannot_be_written_is_found_before_the_work(
    tmp_path, capsys
):
    # The checkpoint would be looked at next, and is not there.
    start = ["--checkpoint", "nowhere", "--output"]
    message = failure(evaluate.main, [*start, tmp_path], capsys)
    assert f"--output: {tmp_path}: Is a directory" in message
    long = tmp_path / ("long" * 70 + ".json")
    message = failure(evaluate.main, [*start, long], capsys)
    assert f"--output: {long}: File name too long" in message
    assert not os.listdir(tmp_path)


def test_a_diverged_model_has_no_correlation():
    class Diverged:
        def encode(self, texts, batch_size):
            return np.full((len(texts), 4), np.nan, "float32")

    pairs = [Pair("a", "b", 1), Pair("c", "d", 0), Pair("e", "f", 0)]
    scores = evaluate.scores_of(Diverged(), pairs)
    assert list(scores) == ["plain", "whitened"]
    assert np.isnan(list(scores.values())).all()


def test_a_sentence_is_nearest_to_itself_also_from_a_kept_index(
    folders, tmp_path, monkeypatch
):
    texts = tmp_path / "texts.txt"
    texts.write_text("花呗怎么提额\n今天天气很好\n你好\n你好\n", "utf8")
    start = ["--checkpoint", str(folders["supervised"]), "--top-k=2"]
    start += ["--index", str(tmp_path / "index")]
    found = search.main([*start, "--texts", str(texts), "--query", "你好"])
    ((score, sentence), other), *_ = found
    assert sentence == "你好" and score == pytest.approx(1.0, abs=1e-5)
    assert other[1] != "你好"  # which stands there twice
    monkeypatch.setattr("sys.stdin", io.StringIO("你好\n\n"))
    again = search.main(start)
    np.testing.assert_allclose(again[0][0][0], score, atol=1e-6)
    assert [text for _, text in again[0]] == [text for _, text in found[0]]


def test_what_is_written_is_ranked_and_counted(folders, capsys):
    arguments = ["--checkpoint", str(folders["stage1"]), "--num-samples=3"]
    arguments += ["--query", "花呗怎么提额", "--max-length=8"]
    (texts,), shares = generate.main(arguments)
    cosines = [cosine for cosine, _ in texts]
    assert cosines == sorted(cosines, reverse=True)
    assert "花呗怎么提额" not in [text for _, text in texts]
    assert all(0 <= share <= 1 for share in shares.values())
    assert "of 3 texts are not the question" in capsys.readouterr().out


def test_shares_by_hand():
    # Of four texts one is the question and two are equal: 3/4 are not the
    # question, 2/4 are different new ones, of which one is near.
    written = [["问", "甲", "甲", "乙"]]
    found = [[(0.9, "甲"), (0.1, "乙")]]
    shares = generate.shares_of(["问"], written, found, 0.8)
    assert list(shares.values()) == [0.75, 0.5, 0.5]


def test_stage_1_trains_the_vector_that_the_programs_use(folders):
    encoder = load_sentence_encoder(folders["stage1"])
    rows = encoder.tokenizer.encode_batch(["花呗怎么提额"], ["怎么提高额度"])
    inputs = {
        name: np.array([getattr(row, name) for row in rows])
        for name in ("token_ids", "segment_ids")
    }
    options = parse_options(stage1.stage, [])
    model = stage1.stage.build(
        models.from_checkpoint(folders["stage1"]), options
    )
    targets = np.zeros_like(inputs["token_ids"])
    vectors = model({**inputs, "target_ids": targets})["vector"]
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(vectors),
        encoder.encode(["花呗怎么提额"]),
        atol=1e-5,
    )


def test_groups_link_sentences_through_others():
    pairs = [Pair("a", "b", 1), Pair("c", "d", 1), Pair("b", "e", 1)]
    groups = stage1.groups_of(pairs)
    assert groups["a"] == groups["b"] == groups["e"]
    assert groups["c"] == groups["d"] != groups["a"]


def test_classes_of_two_kinds_of_labels():
    assert [
        supervised.class_of(Pair("a", "b", label), name)
        for name, label in (
            ("bq", 0.0),
            ("bq", 1.0),
            ("stsb", 0.4),  # of five: below the middle
            ("stsb", 0.6),
            ("ocnli", 0.0),
            ("ocnli", 0.5),
            ("ocnli", 1.0),
        )
    ] == [0, 1, 0, 1, 2, 3, 4]


@pytest.fixture(scope="module")
def losses_of(folders, tmp_path_factory):
    """Trains stage 1 for one batch; returns the losses by name.

    Without dropout, whose masks a cache draws chunk by chunk.
    """

    def train(*more):
        output = tmp_path_factory.mktemp("one_batch")
        arguments = ["--checkpoint", str(folders["masked_lm"]), *NEXT]
        arguments += ["--dropout=0", "--batch-size=8", *more]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pair_sets, "SAMPLE_TRAIN", (8, 0))
            main(stage1.stage, [*arguments, "--output-dir", str(output)])
        return losses_in(output, "stage1")

    return train


def losses_in(output, stage):
    """The losses of a stage's only epoch by name."""
    history = output / "roformer_sim" / stage / "history.csv"
    names, row = history.read_text("utf8").splitlines()
    row = dict(zip(names.split(","), map(float, row.split(","))))
    return {name: row[name] for name in row if name.endswith("loss")}


@pytest.fixture(scope="module")
def plain_losses(losses_of):
    return losses_of()


def test_the_gradient_cache_changes_nothing_but_memory(losses_of, plain_losses):
    # In one batch of 16 rows, of which 6 are in memory.
    cached = losses_of("--chunk-size=6")
    assert len(cached) == 3
    assert cached == pytest.approx(plain_losses, rel=1e-5)


def test_a_guide_and_a_margin_leave_sentences_out(
    folders, losses_of, plain_losses
):
    wide = "--margin=2.1"  # which nothing exceeds
    guide = ["--guide", str(folders["supervised"])]
    plain = plain_losses["vector_loss"]
    for more in ([wide], [*guide, wide]):
        vector_loss = losses_of(*more)["vector_loss"]
        assert vector_loss == pytest.approx(plain, rel=1e-6)
    assert losses_of("--margin=-2.1")["vector_loss"] == 0  # nothing is left
    assert 0 < losses_of(*guide)["vector_loss"] < plain


def test_accumulation_of_a_loss_that_compares_rows_is_told(
    folders, tmp_path, capsys, monkeypatch
):
    def no_sentences(*arguments):
        raise UserError("far enough")

    monkeypatch.setattr(stage_module, "all_sentences", no_sentences)

    def printed(stage, *more):
        arguments = ["--checkpoint", str(folders["masked_lm"]), *NEXT]
        with pytest.raises(SystemExit):
            main(stage, [*arguments, *more, "--output-dir", str(tmp_path)])
        output = capsys.readouterr()
        assert "far enough" in output.err
        return " ".join(output.out.replace("***", "").split())

    note = printed(stage1.stage, "--accumulate=4", "--batch-size=8")
    assert "--accumulate 4: vectors are compared within each 8 pairs" in note
    assert "not within the 32 of an update, as --batch-size 32 would" in note
    assert "--chunk-size 16 then needs no more memory" in note
    assert "compared within" not in printed(stage1.stage)
    note = printed(supervised.stage, "--accumulate=2")
    assert "cosines are compared within each 64 pairs" in note
    assert "--chunk-size" not in note
    note = printed(supervised.stage, "--accumulate=2", "--objective=sbert")
    assert "compared within" not in note


@pytest.mark.parametrize(
    ("stage", "more"),
    [
        (stage1.stage, ["--accumulate=4", "--batch-size=8"]),
        (supervised.stage, ["--accumulate=2", "--objective=sbert"]),
    ],
    ids=["stage1", "sbert"],
)
def test_a_stage_trains_with_accumulation(stage, more, folders, tmp_path):
    arguments = ["--checkpoint", str(folders["masked_lm"]), *NEXT, *more]
    main(stage, [*arguments, "--output-dir", str(tmp_path)])
    losses = losses_in(tmp_path, stage.name.split(".")[-1])
    assert np.all(np.isfinite(list(losses.values())))


@pytest.mark.parametrize("vector", [np.nan, 1.0])
def test_a_model_whose_vectors_are_nan_or_all_one_is_not_kept(vector):
    evaluator = SpearmanEvaluator(
        lambda texts: np.full((len(texts), 3), vector),
        *(["a", "b"], ["c", "d"], [0, 1]),
        name="val_stsb",
    )
    logs = {"loss": 0.1, "val_bq_spearman": 0.4}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the vectors
        evaluator.on_epoch_end(0, logs)
    with pytest.raises(UserError, match="val_stsb_spearman is -inf after epo"):
        supervised.MeanOfSets().on_epoch_end(0, logs)
    logs["val_stsb_spearman"] = np.nan  # after an epoch with a number
    with pytest.raises(UserError, match="val_stsb_spearman is nan after epo"):
        supervised.MeanOfSets().on_epoch_end(1, logs)


class Killed(Exception):
    pass


def test_a_killed_stage_goes_on_to_the_same_weights(
    folders, tmp_path, monkeypatch
):
    arguments = ["--checkpoint", str(folders["masked_lm"]), *NEXT[:1]]
    arguments += ["--epochs=2", "--dropout=0.3"]
    main(stage1.stage, [*arguments, "--output-dir", str(tmp_path / "whole")])
    killed = [*arguments, "--output-dir", str(tmp_path / "killed")]

    def die(self, batch, logs=None):
        if self.batches.epoch == 1:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(
            state_module.TrainingState, "on_train_batch_end", die, raising=False
        )
        with pytest.raises(Killed):
            main(stage1.stage, killed)
    main(stage1.stage, [*killed, "--resume"])
    whole, resumed = (
        models.from_checkpoint(tmp_path / name / "roformer_sim/stage1")
        for name in ("whole", "killed")
    )
    for one, other in zip(whole.get_weights(), resumed.get_weights()):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def failure(function, arguments, capsys, status=1):
    with pytest.raises(SystemExit) as error:
        function([str(argument) for argument in arguments])
    assert error.value.code == status
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    return message


def test_mistakes_are_one_line_and_leave_nothing(folders, tmp_path, capsys):
    def stage(*arguments):
        return lambda more: main(stage2.stage, [*arguments, *more])

    output = ["--output-dir", tmp_path / "out"]
    good = ["--checkpoint", folders["stage1"]]
    message = failure(stage(), [*good, *output], capsys)
    assert "--teacher is missing" in message
    message = failure(stage("--teacher=nowhere"), [*good, *output], capsys)
    assert "nowhere" in message
    message = failure(evaluate.main, ["--checkpoint", "nowhere"], capsys)
    assert "nowhere/vocab.txt: No such file" in message
    message = failure(
        evaluate.main, [*good, "--data-dir", tmp_path / "none"], capsys
    )
    assert "no set with a test.tsv" in message
    message = failure(
        search.main, [*good, "--texts", tmp_path / "none.txt"], capsys
    )
    assert "none.txt: No such file" in message
    failure(generate.main, [*good, "--top-p=nan"], capsys, status=2)
    assert not (tmp_path / "out").exists()


def test_stages_and_programs_are_listed(capsys):
    listing.main()
    printed = capsys.readouterr().out
    for name in ("masked_lm", "stage1", "stage2", "supervised"):
        assert f"\n{name} " in printed
    for name in ("evaluate", "search", "generate"):
        assert f"\n{name} " in printed
