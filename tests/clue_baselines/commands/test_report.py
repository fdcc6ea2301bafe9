"""The report: one page that holds the figures of the results, escaped."""

import csv
import json
import re
from html.parser import HTMLParser

import pytest

from clue_baselines.__main__ import main
from clue_baselines.harness.page import published
from clue_baselines.harness.page.confusion import confusions
from clue_baselines.harness.page.confusion import counted
from clue_baselines.harness.page.confusion import matrix
from clue_baselines.harness.page.curves import ticks
from clue_baselines.harness.page.entities import by_type
from clue_baselines.harness.page.lengths import length_bins
from clue_baselines.harness.page.markup import tag
from clue_baselines.harness.page.runs import hardest
from tests.clue_baselines.commands.results_folders import write_json
from tests.clue_baselines.conftest import write_json_lines

EVIL = "<script>alert('a')</script> & | `b` *c*\n# d"
HISTORY = [
    {"epoch": 1, "loss": 2.5, "val_loss": 2.0, "val_accuracy": 0.25},
    {"epoch": 2, "loss": 1.5, "val_loss": 1.75, "val_accuracy": 0.5},
]


def answer(label, given, tokens=5, **more):
    score = more.pop("score", float(label == given))
    return {
        "place": "tnews/dev.json:1",
        "tokens": tokens,
        "texts": {"sentence": EVIL, "keywords": ""},
        "label": label,
        "answer": given,
        "score": score,
        **more,
    }


ANSWERS = [
    answer("100", "100", confidence=0.9, loss=0.1),
    answer("100", "101", tokens=9, confidence=0.8, loss=4.0),
    answer("101", "100", confidence=0.7, loss=5.0),
    answer("100", "101", confidence=0.6, loss=2.0),
]


def write_run(folder, name="tnews", answers=ANSWERS, data_dir="CLUE", **scores):
    folder = folder / name
    options = {"data_dir": data_dir, "epochs": 2, "model": "tiny"}
    scores = scores or {"dev_loss": 1.75, "dev_accuracy": 0.5}
    metrics = {
        "task": name.replace("/", "."),
        "data": str(data_dir or "generated sample data"),
        "loss": 1.5,
        **scores,
        "best_epoch": 2,
        "seed": 0,
        "num_weights": 1234,
        "training_seconds": 2.5,
        "options": options,
        "backend": "jax",
        "versions": {"keras_addons": "0.1.0", "jax": "9"},
    }
    write_json(folder / "metrics.json", metrics)
    if answers:
        write_json_lines(folder / "dev_answers.jsonl", answers)
    question = {"question": "Which <topic>?", "label_names": ["101", "100"]}
    write_json(folder / "task.json", question)
    with open(folder / "history.csv", "w", encoding="utf8") as file:
        writer = csv.DictWriter(file, HISTORY[0])
        writer.writeheader()
        writer.writerows(HISTORY)
    return folder


def report(folder, *names):
    path = main(["report", *names, "--output-dir", str(folder)])
    assert path == folder / "report.html"
    return path.read_text("utf8"), (folder / "report.md").read_text("utf8")


class Checked(HTMLParser):
    """Checks that all elements are closed, and notes names and addresses."""

    def __init__(self, text):
        super().__init__()
        self.open, self.names, self.loaded, self.words = [], set(), [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, name, attributes):
        self.names.add(name)
        attributes = dict(attributes)
        self.loaded += [attributes[key] for key in attributes if key == "src"]
        if name not in ("meta", "link", "br"):
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_is_one_file_without_scripts_and_escapes_texts(tmp_path):
    write_run(tmp_path)
    page, markdown = report(tmp_path)
    checked = Checked(page)
    assert "script" not in checked.names and "img" not in checked.names
    assert checked.loaded == []
    assert "url(" not in page and "@import" not in page
    assert EVIL in checked.words  # as text, and as nothing else
    assert "Which <topic>?" in checked.words
    assert "&lt;script&gt;alert('a')&lt;/script&gt; &amp; \\| " in markdown
    assert "\\`b\\` \\*c\\* \\# d" in markdown


def test_the_score_stands_beside_the_published_ones(tmp_path):
    write_run(tmp_path)
    page, markdown = report(tmp_path)
    # 50.00 of this run; 58.06 is RoBERTa's on TNEWS in post 9052.
    words = Checked(page).words
    assert "50.00" in words and "58.06" in words
    assert "-8.06 to RoBERTa-wwm-ext" in words
    assert any("BERT, official 57.42" in each for each in words)
    assert "| tnews | accuracy | 50.00 | 58.06 | 2 | CLUE |" in markdown
    assert "| BERT, official | 60.29 | 57.42 | 73.70 |" in markdown


def test_the_two_columns_of_cmrc2018_have_their_own_names(tmp_path):
    spans = [answer(["b"], "a", confidence=0.5, score=0.0)]
    scores = {"dev_loss": 1.0, "dev_exact_match": 0.5, "dev_f1": 0.7}
    write_run(tmp_path, "cmrc2018", spans, **scores)
    page, markdown = report(tmp_path)
    words = " ".join(Checked(page).words)
    assert "dev exact match" in words
    assert "exact match of the span; published, on the whole" in words
    assert "by the leaderboard's official score" in words
    assert "cmrc2018: exact match of the span;" in markdown
    assert "cmrc2018: the leaderboard's official score;" in markdown


def test_generated_sample_data_is_announced_and_compared_with_nothing(
    tmp_path,
):
    write_run(tmp_path, data_dir=None)
    page, markdown = report(tmp_path)
    words = Checked(page).words
    assert "Generated sample data: " in words
    assert not any("RoBERTa" in word for word in words)
    assert "| 50.00 | - | 2 | generated sample data |" in markdown


def test_stages_and_runs_without_answers_are_in_the_report(tmp_path, capsys):
    write_run(tmp_path, answers=None)
    write_run(tmp_path, "roformer_sim/stage1", None, dev_loss=1.0)
    page, markdown = report(tmp_path)
    assert 'id="roformer_sim.stage1"' in page
    assert "| roformer\\_sim.stage1 | loss | 1.50 |" in markdown
    printed = capsys.readouterr().out
    assert "tnews: no dev_answers.jsonl, so no answers are shown" in printed
    assert "report.md: 2 runs" in printed
    page, _ = report(tmp_path, "tnews")
    assert "stage1" not in page


def test_what_cannot_be_read_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        report(tmp_path)
    message = capsys.readouterr().err
    assert f"{tmp_path}: no finished run, which leaves metrics" in message
    folder = write_run(tmp_path)
    before = report(tmp_path)
    (folder / "metrics.json").write_text('{"task": "tnews"}')
    with pytest.raises(SystemExit):
        report(tmp_path)
    message = capsys.readouterr().err
    assert "metrics.json: not the metrics of a run (" in message
    assert (tmp_path / "report.html").read_text("utf8") == before[0]


def test_confusions_by_hand():
    counts = counted(ANSWERS)
    assert counts["100", "101"] == 2
    # Of three records labelled 100 two are answered as 101.
    assert confusions(counts) == [
        ("100", "101", 2, pytest.approx(2 / 3)),
        ("101", "100", 1, 1.0),
    ]
    drawn = matrix(counts, ["101", "100"])
    titles = re.findall("<title>(.*?)</title>", drawn)
    assert titles == [
        "101 answered as 101: 0 of 1",
        "101 answered as 100: 1 of 1",
        "100 answered as 101: 2 of 3",
        "100 answered as 100: 1 of 3",
    ]
    assert counted([answer({}, {})]) is None
    many = counted([answer(n, n) for n in range(119)])
    assert matrix(many) is None


def test_entities_by_hand():
    label = {"name": {"a": [[0, 0], [2, 2]]}, "book": {"b": [[4, 4]]}}
    given = {"name": {"a": [[0, 0]], "c": [[5, 5]]}}
    # name: 1 of 2 given is right, 1 of 2 is found. book: none is found.
    assert by_type([answer(label, given, score=0.4)]) == [
        ("book", 1, 0.0, 0.0, 0.0),
        ("name", 2, 0.5, 0.5, 0.5),
    ]


def test_answers_to_blanks_are_neither_classes_nor_entities():
    blanks = [answer({"#idiom1#": 3}, {"#idiom1#": 4})]
    assert counted(blanks) is None
    assert by_type(blanks) is None


def test_a_run_that_is_not_finished_is_left_out(tmp_path):
    write_run(tmp_path, "afqmc")
    write_run(tmp_path, "tnews/unfinished")
    page, _ = report(tmp_path)
    assert page.count("<section ") == 1


def test_lengths_by_hand():
    # Of the three records of 5 tokens one is right; that of 9 is wrong.
    bins = {first: (n, mean) for first, _, n, mean in length_bins(ANSWERS)}
    assert bins[5] == (3, pytest.approx(1 / 3))
    assert bins[9] == (1, 0.0)
    assert bins[6] == (0, 0.0)
    wide = [answer("a", "a", tokens=n) for n in range(3, 513)]
    assert sum(count for _, _, count, _ in length_bins(wide)) == 510
    assert len(length_bins(wide)) <= 24


def test_the_hardest_have_the_largest_loss_or_the_lowest_score():
    assert [row["loss"] for row in hardest(ANSWERS)] == [5.0, 4.0, 2.0]
    spans = [
        answer(["a"], "b", confidence=0.2),
        answer(["a"], "c", confidence=0.9),
        answer(["ab"], "a", confidence=1.0, score=0.5),
        answer(["a"], "a", score=1.0),
    ]
    assert [row["answer"] for row in hardest(spans)] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.24, 0.82, [0.2, 0.4, 0.6, 0.8, 1.0]),
        (0.0, 7.0, [0.0, 2.0, 4.0, 6.0, 8.0]),
        (0.5, 0.5, [0.4, 0.6]),
    ],
)
def test_ticks_are_round_and_enclose_the_values(low, high, expected):
    marks = ticks(low, high)
    assert marks[0] <= low and high <= marks[-1]
    if low < high:
        assert marks == pytest.approx(expected)


def test_what_is_not_markup_is_escaped():
    inner = tag("i", "<", ["&", 1, None])
    assert tag("b", inner, class_='"') == (
        '<b class="&quot;"><i>&lt;&amp;1</i></b>'
    )


def test_published_scores_have_a_column_for_each_task():
    for rows in published.PARTS.values():
        for scores in rows.values():
            assert len(scores) == len(published.COLUMNS)
    assert published.published("cmrc2018", "test")["BERT, official"] == 71.60
    assert published.published("chid", "dev")["GAU-α"] == 87.91
    assert published.published("stage1", "dev") == {}


@pytest.mark.usefixtures("tiny_is_smaller", "without_tracing")
def test_a_run_leaves_what_the_report_shows(clue, tmp_path):
    from clue_baselines import afqmc
    from clue_baselines.harness.run import main as run_task

    arguments = ["--data-dir", str(clue), "--output-dir", str(tmp_path)]
    metrics = run_task(afqmc.task, [*arguments, "--epochs=1"])
    lines = (tmp_path / "afqmc/dev_answers.jsonl").read_text("utf8")
    rows = [json.loads(line) for line in lines.splitlines()]
    mean = sum(row["score"] for row in rows) / len(rows)
    assert mean == pytest.approx(metrics["dev_accuracy"])
    losses = sum(row["loss"] for row in rows) / len(rows)
    assert losses == pytest.approx(metrics["dev_loss"], rel=1e-4)
    page, _ = report(tmp_path)
    assert f"{100 * metrics['dev_accuracy']:.2f}" in Checked(page).words
