"""dev_answers.jsonl holds each dev record with its answer and its score."""

import json

import numpy as np
import pytest

from clue_baselines.harness.catalog import tasks_named
from clue_baselines.harness.data.examples import Examples
from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.results import dev_answers
from clue_baselines.harness.results.dev_answers import certainty
from clue_baselines.harness.results.dev_answers import write_dev_answers
from keras_addons.text import Encoding


def lines_of(path):
    return [json.loads(line) for line in path.read_text("utf8").splitlines()]


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A function that writes the file for outputs that it is given."""

    def write(name, values, outputs, owners=None, rows=1):
        task = tasks_named([name])[name]
        records = task.parsed(records_of(values, "dev.json"))
        owners = list(range(len(records))) if owners is None else owners
        lengths = range(3, 3 + len(owners) * rows)
        encodings = [
            Encoding([5] * n, [0] * n, [(i, i + 1) for i in range(n)])
            for n in lengths
        ]
        examples = Examples(encodings, None, owners, rows)
        monkeypatch.setattr(
            dev_answers, "outputs_of", lambda *_: (outputs, examples)
        )
        path = tmp_path / "dev_answers.jsonl"
        write_dev_answers(path, task, None, None, records)
        return lines_of(path)

    return write


def test_certainty_by_hand():
    # exp of the logits: 1, 3, 4; shares 1/8, 3/8, 1/2.
    logits = np.log([1.0, 3.0, 4.0]) + 700
    found = certainty(logits, answer=2, label=1)
    assert found["confidence"] == pytest.approx(0.5)
    assert found["loss"] == pytest.approx(np.log(8 / 3))
    hopeless = certainty(np.array([0.0, 1e5]), answer=1, label=0)
    assert hopeless["confidence"] == 1.0
    assert 700 < hopeless["loss"] < 710


def test_a_classification_has_probabilities(written):
    values = [
        {"sentence": "国足逆转取胜", "label": "103"},
        {"sentence": "央行下调利率", "keywords": "央行", "label": "104"},
    ]
    logits = np.zeros((2, 15))
    logits[:, 3] = np.log(6.0)  # "103": 6 of 20
    first, second = written("tnews", values, list(logits))
    assert first == {
        "place": "dev.json:1",
        "tokens": 3,
        "texts": {"sentence": "国足逆转取胜", "keywords": ""},
        "label": "103",
        "confidence": pytest.approx(0.3),
        "loss": pytest.approx(np.log(20 / 6)),
        "answer": "103",
        "score": 1.0,
    }
    assert (second["answer"], second["score"]) == ("103", 0.0)
    assert second["loss"] == pytest.approx(np.log(20))


def test_choices_that_are_not_there_have_no_share(written):
    values = [{"context": "甲：好", "question": "谁？", "choice": ["甲", "乙"]}]
    values[0]["answer"] = "乙"
    logits = [np.log([3.0, 1.0, 50.0, 50.0])]
    (row,) = written("c3", values, logits, rows=4)
    assert (row["label"], row["answer"], row["score"]) == (1, 0, 0.0)
    assert row["confidence"] == pytest.approx(0.75)
    assert row["tokens"] == 6  # the longest of rows of 3, 4, 5 and 6 tokens
    assert list(row["texts"]) == ["context", "question", "choice 0", "choice 1"]


def test_a_span_is_that_of_its_best_window(written):
    values = [
        {
            "context": "范廷颂是越南枢机",
            "question": "谁？",
            "answers": ["范廷颂", "范廷颂"],
            "answer_start": 0,
        }
    ]
    # (log-probability, first, last token); the offsets are those of `written`.
    outputs = [(np.log(0.2), 0, 0), (np.log(0.6), 0, 2)]
    (row,) = written("cmrc2018", values, outputs, owners=[0, 0])
    assert (row["answer"], row["score"]) == ("范廷颂", 1.0)
    assert row["label"] == ["范廷颂"]
    assert row["confidence"] == pytest.approx(0.6)
    assert "loss" not in row


def test_entities_have_the_f1_of_their_sentence(written):
    values = [
        {"text": "国足胜", "label": {"organization": {"国足": [[0, 1]]}}},
        {"text": "新车", "label": {}},
    ]
    task = tasks_named(["cluener"])["cluener"]
    number = task.types.index("organization")
    # Found: 国足 and, wrongly, 胜. Precision 1/2, recall 1: F1 = 2/3.
    spans = [np.array([[number, 0, 1], [number, 2, 2]]), np.empty((0, 3), int)]
    first, second = written("cluener", values, spans)
    assert first["score"] == pytest.approx(2 / 3)
    assert first["label"] == {"organization": {"国足": [[0, 1]]}}
    assert second["answer"] == second["label"] == {}
    assert second["score"] == 1.0
    assert "confidence" not in first
