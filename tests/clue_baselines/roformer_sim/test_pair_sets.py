"""Reading labelled pairs, and keeping evaluated ones out of training."""

import json

import pytest

from clue_baselines.harness.errors import UserError
from clue_baselines.roformer_sim.pair_sets import evaluated_pairs
from clue_baselines.roformer_sim.pair_sets import training_pairs


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf8")


def as_json(*rows):
    keys = ("sentence1", "sentence2", "label")
    return "".join(json.dumps(dict(zip(keys, row))) + "\n" for row in rows)


def test_evaluated_pairs_are_removed_in_either_order_from_every_set(
    tmp_path, capsys
):
    write(tmp_path / "atec/test.tsv", "你好\t您好\t1\n早\t晚\t0\n")
    write(tmp_path / "atec/train.tsv", "你好\t您好\t1\n你好\t再见\t0\n")
    write(
        tmp_path / "afqmc/train.json",
        as_json(("您好", "你好", "1"), ("晚", " 早", "0"), ("一", "二", "0")),
    )
    sets = training_pairs(tmp_path)
    assert {name: [p[:2] for p in pairs] for name, pairs in sets.items()} == {
        "afqmc": [("一", "二")],
        "atec": [("你好", "再见")],
    }
    printed = capsys.readouterr().out
    assert "afqmc: 1 pairs to train on; removed 2 that are evaluated" in printed
    assert "atec: 1 pairs to train on; removed 1 that are evaluated" in printed


def test_repeated_pairs_are_kept_once(tmp_path, capsys):
    write(tmp_path / "bq/dev.tsv", "一\t二\t0\n二\t一\t0\n一\t三\t1\n")
    assert len(training_pairs(tmp_path)["bq"]) == 2
    assert "and 1 repeated ones" in capsys.readouterr().out


def test_train_and_dev_files_are_read_and_test_files_are_not(tmp_path):
    write(tmp_path / "bq/train.tsv", "一\t二\t0\n")
    write(tmp_path / "bq/dev.tsv", "三\t四\t0\n")
    write(tmp_path / "bq/test.tsv", "五\t六\t0\n")
    firsts = [pair.first for pair in training_pairs(tmp_path)["bq"]]
    assert sorted(firsts) == ["一", "三"]
    assert [p.first for p in evaluated_pairs(tmp_path)["bq"]] == ["五"]


def test_labels_run_from_nothing_in_common_to_the_same(tmp_path):
    write(tmp_path / "stsb/dev.tsv", "a\tb\t0\na\tc\t3\na\td\t4\na\te\t5\n")
    names = ("contradiction", "-", "neutral", "entailment")
    rows = [("a", str(number), name) for number, name in enumerate(names)]
    write(tmp_path / "ocnli/dev.json", as_json(*rows))
    sets = training_pairs(tmp_path)
    # STS-B's scores go from 0 to 5; a pair labelled "-" is left out.
    assert [p.label for p in sets["stsb"]] == [0.0, 0.6, 0.8, 1.0]
    assert [p.is_alike for p in sets["stsb"]] == [False, False, True, True]
    assert [p.label for p in sets["ocnli"]] == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("bq/dev.tsv", "一\t二\t1\n一\t二\n", "dev.tsv:2: expected 3 columns"),
        ("bq/dev.tsv", "一\t二\t2\n", "dev.tsv:1: unknown label '2'"),
        ("bq/dev.tsv", "\n", "dev.tsv: the file is empty"),
        ("afqmc/dev.json", "[]\n", "dev.json:1: not a JSON object"),
        ("other/dev.tsv", "一\t二\t1\n", "none of the folders afqmc, atec"),
    ],
)
def test_bad_files_are_named_with_their_line(tmp_path, file, text, message):
    write(tmp_path / file, text)
    with pytest.raises(UserError, match=message):
        training_pairs(tmp_path)


def test_sample_pairs_leak_nothing_either():
    evaluated = {pair.key for pair in evaluated_pairs(None)["sample"]}
    trained = {pair.key for pair in training_pairs(None)["sample"]}
    assert evaluated and trained and not evaluated & trained
