"""Options that change what a model reads and what its loss compares."""

import json

import numpy as np
import pytest

from clue_baselines import cmrc2018
from clue_baselines import tnews
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results.trained_model import TrainedModel
from clue_baselines.harness.run import main
from keras_addons.text import Tokenizer

SHORT = ["--limit=32", "--epochs=1"]


def losses(arguments, folder):
    metrics = main(tnews.task, [*arguments, f"--output-dir={folder}", *SHORT])
    return metrics["loss"], metrics["dev_loss"]


def test_r_drop_without_dropout_is_the_plain_loss(clue, tmp_path):
    # The two copies of a row are then equal, and their divergence is 0.
    plain = [f"--data-dir={clue}", "--dropout=0", "--head-dropout=0"]
    expected = losses(plain, tmp_path / "plain")
    actual = losses([*plain, "--r-drop=4"], tmp_path / "r_drop")
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_r_drop_adds_the_divergence_of_two_dropouts(clue, tmp_path):
    # One batch and one update, so that the loss is that of equal weights.
    plain = [f"--data-dir={clue}", "--dropout=0.3", "--head-dropout=0.3"]
    small, _ = losses([*plain, "--r-drop=1e-6"], tmp_path / "small")
    large, _ = losses([*plain, "--r-drop=4"], tmp_path / "large")
    assert large > small + 1e-3


def test_two_copies_of_a_row_stand_side_by_side(clue):
    options = parse_options(
        tnews.task, [f"--data-dir={clue}", "--r-drop=4", "--batch-size=8"]
    )
    records = tnews.task.read(options)
    tokenizer = Tokenizer.from_texts(tnews.task.texts(records))
    data = tnews.task.data(tokenizer, records, options)
    inputs, targets = data.train[0]
    rows = inputs["token_ids"]
    assert len(rows) == 2 * len(targets)
    np.testing.assert_array_equal(rows[0::2], rows[1::2])
    np.testing.assert_array_equal(targets[:, 0], targets[:, 1])


@pytest.fixture(scope="module")
def recipe(clue, tmp_path_factory):
    """A TNEWS model of the lineage's recipe: titles alone, one segment."""
    output = tmp_path_factory.mktemp("recipe")
    main(
        tnews.task,
        [
            *(f"--data-dir={clue}", f"--output-dir={output}", *SHORT),
            "--recipe=bert4keras",
        ],
    )
    return output / "tnews"


def test_a_model_of_a_recipe_answers_as_it_was_trained(recipe, clue):
    config = json.loads((recipe / "task.json").read_text("utf8"))
    assert config["text_fields"] == ["sentence"]
    assert config["segments"] == "one"
    trained = TrainedModel.from_folder(recipe)
    assert trained.task.segments == "one"
    lines = (clue / "tnews/test.json").read_text("utf8").splitlines()
    written = (recipe / "tnews11_predict.json").read_text("utf8")
    expected = [json.loads(line)["label"] for line in written.splitlines()]
    records = [json.loads(line) for line in lines]
    assert trained.answers(records) == expected
    # The keywords are not read, whatever they are.
    others = [{**record, "keywords": "足球"} for record in records]
    assert trained.answers(others) == expected
    again = trained.reading_as(tnews.task)
    assert list(again.task.text_fields) == ["sentence"]
    assert again.task.segments == "one"


def test_one_segment_is_0_everywhere():
    task = cmrc2018.task
    records = task.sample_records().dev[:2]
    tokenizer = Tokenizer.from_texts(
        [text for record in records for text in task.texts_of(record)]
    )
    two = task.rows(tokenizer, records)
    assert {max(each.segment_ids) for each in two.encodings} == {1}
    one = two.in_one_segment()
    assert {max(each.segment_ids) for each in one.encodings} == {0}
    assert [e.token_ids for e in one.encodings] == [
        e.token_ids for e in two.encodings
    ]


@pytest.mark.parametrize("segments", ["one", "two"])
def test_the_best_span_is_of_the_text_whatever_the_segments(segments):
    task = cmrc2018.task
    records = task.sample_records().dev[:3]
    tokenizer = Tokenizer.from_texts(
        [text for record in records for text in task.texts_of(record)]
    )
    examples = task.rows(tokenizer, records)
    if segments == "one":
        examples = examples.in_one_segment()
    batches = examples._replace(targets=None).batches(3)
    inputs = batches[0]
    rows, length = inputs["token_ids"].shape
    # Every span is equally good: the first of the text is the best.
    logits = np.zeros((rows, 1, length, length), "float32")
    for (_, start, end), ids in zip(
        task.decode(logits, inputs), inputs["token_ids"]
    ):
        separator = ids[np.flatnonzero(ids)[-1]]
        assert ids[start - 1] == separator
        assert list(ids[:start]).count(separator) == 1
        assert start <= end < np.flatnonzero(ids)[-1]
