"""Records that cannot be used: one line each, and --skip-bad-records."""

import copy
import json
import random

import pytest

from clue_baselines import sentiment
from clue_baselines import tnews
from clue_baselines.harness.data.bad_records import MOST_LISTED
from clue_baselines.harness.data.bad_records import BadRecords
from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.run import main
from keras_addons.text import Tokenizer
from tests.clue_baselines.conftest import write_clue
from tests.clue_baselines.runs import failure
from tests.clue_baselines.tasks import ALL_TASKS

BAD_LINES = ["{not json", '{"label": "100"}', '{"label": 7, "sentence": "好"}']


@pytest.fixture
def folder(tmp_path):
    folder = write_clue(tmp_path / "clue")
    for name in ("train", "dev", "test"):
        path = folder / f"tnews/{name}.json"
        lines = path.read_text("utf8").splitlines()
        lines[3:3] = BAD_LINES if name != "test" else BAD_LINES[:2]
        path.write_text("\n".join(lines), "utf8")
    return folder


def test_bad_records_are_counted_and_listed(folder, tmp_path, capsys):
    places = ["--data-dir", folder, "--output-dir", tmp_path / "results"]
    path = folder / "tnews/train.json"
    error = failure(tnews.task, places, capsys)
    assert error.startswith(f"{path}:4: not JSON")
    arguments = [*map(str, places), "--epochs=1", "--skip-bad-records"]
    metrics = main(tnews.task, arguments)
    assert metrics["options"]["skip_bad_records"] is True
    printed = capsys.readouterr().out
    assert "*** 3 of 67 records cannot be used and are skipped:" in printed
    assert "*** 3 of 19 records cannot be used and are skipped:" in printed
    assert "*** 2 of 12 records cannot be used and are skipped:" in printed
    for message in (
        ":4: not JSON",
        ":5: key 'sentence' is missing",
        ":6: unknown label 7, expected one of 100",
    ):
        assert f"***   {path}{message}" in printed
    submission = tmp_path / "results/tnews/tnews11_predict.json"
    assert len(submission.read_text().splitlines()) == 10


def test_a_part_without_one_good_record_is_an_error(tmp_path, capsys):
    folder = write_clue(tmp_path / "clue")
    (folder / "tnews/dev.json").write_text("\n".join(BAD_LINES), "utf8")
    places = ["--data-dir", folder, "--output-dir", tmp_path / "results"]
    with pytest.raises(SystemExit):
        main(tnews.task, [*map(str, places), "--skip-bad-records"])
    error = capsys.readouterr().err
    assert error.endswith("dev.json:1: no record can be used\n")


def test_the_list_is_cut(capsys):
    bad = BadRecords(are_skipped=True)
    for number in range(MOST_LISTED + 5):
        with bad.noted():
            raise UserError(f"f:{number}: bad")
    bad.report(1000)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == MOST_LISTED + 2
    assert lines[-1] == "***   ... and 5 more"


def test_the_test_of_labelled_files_is_scored(tmp_path, tiny_is_smaller):
    for name, (count, seed) in {
        "train": (64, 0),
        "valid": (16, 1),
        "test": (16, 2),
    }.items():
        records = sentiment.reviews(count, seed)
        lines = [f"{each['sentence']}\t{each['label']}" for each in records]
        path = tmp_path / f"clue/sentiment/sentiment.{name}.data"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines), "utf8")
    output = tmp_path / "results"
    arguments = ["--data-dir", str(tmp_path / "clue"), "--epochs=1"]
    metrics = main(sentiment.task, [*arguments, "--output-dir", str(output)])
    assert "test_scores.json" in metrics["files"]
    scores = json.loads((output / "sentiment/test_scores.json").read_text())
    assert 0 <= scores["test"]["accuracy"] <= 1
    assert not list((output / "sentiment").glob("*_predict.json"))
    # A later run without the test must not seem to have its scores.
    (tmp_path / "clue/sentiment/sentiment.test.data").unlink()
    main(sentiment.task, [*arguments, "--output-dir", str(output)])
    assert not (output / "sentiment/test_scores.json").exists()


WRONG = (
    None,
    True,
    -1,
    10**30,
    float("nan"),
    "",
    " \u2028\n",
    "\ud83d",
    "\u200b\ufeff",
    "长" * 100_000,
    "\x00\r\n\t",
    [],
    [[]],
    ["", ""],
    {},
    {"a": {"b": [[0, 0]]}},
    {"name": {"长": [[0, 99999]]}},
    {"name": {"长": [[-1, 0], [True, 2]]}},
)


def places_in(value, path=()):
    """Yields the path of each value within a value of JSON."""
    yield path
    items = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, each in items:
        yield from places_in(each, (*path, key))


def damaged(draw, record):
    """A copy of a record in which one value is wrong, missing or one more."""
    record = copy.deepcopy(record)
    path = draw.choice(list(places_in(record))[1:])
    *before, last = path
    parent = record
    for key in before:
        parent = parent[key]
    change = draw.randrange(3)
    if change == 0:
        del parent[last]
    elif change == 1 and isinstance(parent, list):
        parent.insert(last, draw.choice(WRONG))
    else:
        parent[last] = draw.choice(WRONG)
    return record


@pytest.mark.parametrize("name", ALL_TASKS)
def test_a_damaged_record_is_used_or_named_in_one_line(name):
    task = ALL_TASKS[name]
    draw = random.Random(0)
    good = task.sample_data(10, 0)
    texts = [
        text
        for each in task.parsed(records_of(good, "f"))
        for text in task.texts_of(each)
    ]
    tokenizer = Tokenizer.from_texts(texts)
    named = 0
    for _ in range(60):
        bad = damaged(draw, draw.choice(good))
        for is_labelled in (True, False):
            (record,) = records_of([bad], "f")
            try:
                parsed = task.parse(record, is_labelled)
            except UserError as error:
                message = str(error)
                assert message.startswith("f:1: ") or message.startswith("f:1:")
                assert message.splitlines() == [message]
                assert len(message) < 1500
                named += 1
                continue
            if parsed is not None:
                check_usable(task, tokenizer, parsed)
    assert named > 10


def check_usable(task, tokenizer, parsed):
    """What was accepted can be encoded, batched and answered."""
    examples = task.examples(tokenizer, [parsed])
    rows = examples.rows_per_example
    assert len(examples.encodings) == rows * len(examples.owners)
    assert all(
        0 < len(each.token_ids) <= task.max_length
        for each in examples.encodings
    )
    examples.batches(4)
    if examples.targets is not None:
        assert len(examples.targets) == len(examples.owners)


@pytest.mark.parametrize("name", ALL_TASKS)
def test_lines_of_any_system_are_read_alike(name, tmp_path):
    # A byte order mark, Windows' ends of lines, blank lines, U+2028 in a text.
    task = ALL_TASKS[name]
    if task.reader.__name__ not in ("read_json_lines", "read_idiom_texts"):
        pytest.skip("not a file of a JSON object a line")
    records = task.sample_data(4, 0)
    lines = [json.dumps(each, ensure_ascii=False) for each in records]
    (tmp_path / "plain.json").write_text("\n".join(lines), "utf8")
    content = "\ufeff" + "\r\n\r\n".join(lines) + "\r\n"
    (tmp_path / "windows.json").write_bytes(content.encode())
    plain, windows = (
        [record.values for record in task.reader(tmp_path / f"{each}.json")]
        for each in ("plain", "windows")
    )
    assert plain == windows == records
