"""A task of each shape, from sample data to its submission and back."""

import json

import numpy as np
import pytest

from clue_baselines import c3
from clue_baselines import chid
from clue_baselines import cluener
from clue_baselines import cmrc2018
from clue_baselines import csl
from clue_baselines import fewclue
from clue_baselines import mrc_by_mlm
from clue_baselines import ocnli
from clue_baselines import wsc
from clue_baselines.harness import record_job
from clue_baselines.harness.data.reading import records_of
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results.trained_model import TrainedModel
from clue_baselines.harness.run import main
from clue_baselines.harness.shapes.masked_answer import answer_in
from clue_baselines.harness.shapes.span_extraction import best_span
from keras_addons.text import Tokenizer
from tests.clue_baselines.tasks import ALL_TASKS

SCRIPTS = (ocnli, c3, cmrc2018, cluener, csl, wsc, chid, mrc_by_mlm)
TASKS = {each.task.name: each.task for each in SCRIPTS}
TASKS["fewclue.chid"] = fewclue.TASKS["chid"]
FEW = {"train": (48, 0), "dev": (16, 1), "test": (8, 2)}


@pytest.fixture(autouse=True, scope="module")
def quick(tiny_is_smaller, without_tracing):
    """Most of these tests' time is the compilation of the model."""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A function that runs a task on little sample data, once."""
    folders = {}

    def run(name):
        if name not in folders:
            output = tmp_path_factory.mktemp(name)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(record_job, "SAMPLE_PARTS", FEW)
                arguments = ["--output-dir", str(output), "--epochs=2"]
                metrics = main(TASKS[name], [*arguments, "--batch-size=16"])
            folders[name] = output / name.replace(".", "/"), metrics
        return folders[name]

    return run


def parsed(task, count, seed, is_labelled=True):
    values = task.sample_data(count, seed)
    return task.parsed(records_of(values, "sample"), is_labelled)


def tokenizer_for(task, records):
    texts = [text for record in records for text in task.texts_of(record)]
    return Tokenizer.from_texts(texts)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_trains_scores_and_writes_its_submission(name, results):
    folder, metrics = results(name)
    task = TASKS[name]
    metric = task.metric.replace("val_", "dev_")
    assert 0 <= metrics[metric] <= 1
    assert metrics["dev_loss"] > 0
    (submission,) = folder.glob("*_predict.json")
    assert submission.name == next(iter(task.submissions.values()))
    trained = TrainedModel.from_folder(folder)
    num_rows, seed = FEW["test"]
    asked = task.sample_data(max(1, num_rows // task.rows_per_record), seed)
    answers = trained.answers(asked)
    text = submission.read_text("utf8")
    if name == "chid":
        by_blank = {k: v for answer in answers for k, v in answer.items()}
        assert json.loads(text) == by_blank
        assert set(by_blank) == {b for each in asked for b in each["answers"]}
    elif submission.name in (
        "cmrc2018_predict.json",
        "mrc_by_mlm_predict.json",
    ):
        submitted = json.loads(text)
        assert list(submitted) == [each["id"] for each in asked]
        assert list(submitted.values()) == answers
    else:
        rows = [json.loads(line) for line in text.splitlines()]
        kept = [e for e in asked if e.get("label") != "-"]
        answers = trained.answers(kept)
        assert [row["id"] for row in rows] == [each["id"] for each in kept]
        key = "answer" if name == "fewclue.chid" else "label"
        assert [row[key] for row in rows] == answers


def test_a_crf_is_chosen_by_option(tmp_path, monkeypatch):
    monkeypatch.setattr(record_job, "SAMPLE_PARTS", FEW)
    arguments = ["--output-dir", str(tmp_path), "--epochs=2", "--head=crf"]
    metrics = main(cluener.task, [*arguments, "--batch-size=16"])
    assert metrics["options"]["head"] == "crf" and metrics["dev_loss"] > 0
    trained = TrainedModel.from_folder(tmp_path / "cluener")
    assert trained.task.head.name == "crf"
    assert set(trained.model.input) == {"token_ids", "segment_ids"}
    asked = cluener.task.sample_data(8, 2)
    lines = (tmp_path / "cluener/cluener_predict.json").read_text("utf8")
    rows = [json.loads(line) for line in lines.splitlines()]
    assert [row["label"] for row in rows] == trained.answers(asked)


def test_from_scratch_names_are_found_by_a_crf_and_else_by_global_pointer():
    def head(*arguments):
        return parse_options(cluener.task, list(arguments)).head

    assert head("--data-dir", "CLUE") == "crf"
    # On samples and from a checkpoint it is that of the task.
    assert head() is None and cluener.task.head.name == "global-pointer"
    assert head("--data-dir", "CLUE", "--head=global-pointer") != "crf"


def test_a_file_of_the_official_form_is_answered(results, tmp_path, capsys):
    folder, _ = results("c3")
    asked = c3.task.sample_data(3, 5)
    texts = [
        [[each["context"]], [{k: each[k] for k in ("question", "choice")}], ""]
        for each in asked
    ]
    path = tmp_path / "test.json"
    path.write_text(json.dumps(texts), "utf8")
    place = ["--output-dir", str(folder.parent), "--predict", str(path)]
    answers = main(c3.task, place)
    assert answers == TrainedModel.from_folder(folder).answers(asked)


@pytest.mark.parametrize("name", ALL_TASKS)
def test_the_answers_to_perfect_outputs_have_the_best_score(name):
    task = ALL_TASKS[name]
    records = parsed(task, 20, seed=3)
    examples = task.examples(tokenizer_for(task, records), records)
    outputs = [
        perfect(task, target, encoding)
        for target, encoding in zip(
            examples.targets, examples.encodings[:: examples.rows_per_example]
        )
    ]
    answers = task.answers(outputs, examples, records)
    scores = task.score(answers, records)
    assert set(scores.values()) == {1.0}


def perfect(task, target, encoding):
    """What `decode` would make of a model that knows the target."""
    if task.shape == "text_classification":
        return np.eye(len(task.label_names))[target]
    if task.shape == "multiple_choice":
        return np.eye(task.num_choices)[target]
    if task.shape == "idiom_cloze":
        return np.eye(task.num_candidates)[target]
    if task.shape == "masked_answer":
        token_ids = np.array(encoding.token_ids)
        return answer_in(20 * np.eye(1000)[target], token_ids)
    if task.shape == "span_extraction":
        return (0.0, *target)
    return [
        (kind, start, end)
        for kind, spans in enumerate(target)
        for start, end in spans
        if start >= 0
    ]


def test_records_on_whose_label_nobody_agreed_are_left_out_and_counted(capsys):
    records = parsed(ocnli.task, 50, seed=0)
    labels = [each["label"] for each in ocnli.task.sample_data(50, 0)]
    assert 0 < labels.count("-") < 50
    assert len(records) == 50 - labels.count("-")
    printed = capsys.readouterr().out
    assert f"sample: {labels.count('-')} of 50 records are skipped" in printed
    assert len(parsed(ocnli.task, 50, seed=0, is_labelled=False)) == 50


def test_a_choice_that_a_question_does_not_have_is_never_the_answer():
    records = parsed(c3.task, 40, seed=0)
    few = [each for each in records if len(each.choices) == 3]
    assert few
    examples = c3.task.examples(tokenizer_for(c3.task, records), few)
    assert len(examples.encodings) == 4 * len(few)
    outputs = [np.array([0.0, 2.0, 1.0, 9.0])] * len(few)
    assert c3.task.answers(outputs, examples, few) == [1] * len(few)


def test_the_answer_is_the_best_span_of_all_windows():
    values = {"context": "甲" * 300 + "乙" + "丙" * 900, "question": "谁？"}
    values |= {"answers": ["乙"], "answer_start": 300}
    (record,) = cmrc2018.task.parsed(records_of([values], "one"))
    tokenizer = Tokenizer.from_texts(["甲乙丙谁？"])
    examples = cmrc2018.task.examples(tokenizer, [record])
    assert examples.owners == [0] * len(examples.owners)
    assert len(examples.owners) > 1
    outputs = []
    for target in examples.targets:
        has_answer = tuple(target) != (0, 0)
        outputs.append((-0.1 if has_answer else -5.0, *target))
    assert 0 < sum(score == -0.1 for score, *_ in outputs) < len(outputs)
    answers = cmrc2018.task.answers(outputs, examples, [record])
    assert answers == ["乙"]


def test_best_span_by_a_plain_loop():
    length, generator = 12, np.random.default_rng(0)
    logits = generator.normal(size=(length, length)).astype("float32")
    # [CLS] 9 9 [SEP], the text, [SEP] and two of padding.
    token_ids = np.array([2, 9, 9, 3, 7, 7, 7, 7, 7, 3, 0, 0])
    # The text is tokens 4 to 8; token 9 is the last [SEP].
    spans = [(i, j) for i in range(4, 9) for j in range(i, 9)]
    start, end = max(spans, key=lambda span: logits[span])
    total = np.log(np.exp(logits.astype("float64")).sum())
    score, first, last = best_span(logits, token_ids)
    assert (first, last) == (start, end)
    assert score == pytest.approx(logits[start, end] - total)


def test_entities_in_the_midst_of_a_word_are_not_learned():
    values = {"text": "玩CSOL吧", "label": {"game": {"SOL": [[2, 4]]}}}
    (record,) = cluener.task.parsed(records_of([values], "one"))
    tokenizer = Tokenizer.from_texts(["玩CSOL吧"])
    targets = cluener.task.examples(tokenizer, [record]).targets
    assert (targets == -1).all()
    values = {"text": "玩CSOL吧", "label": {"game": {"CSOL": [[1, 4]]}}}
    (record,) = cluener.task.parsed(records_of([values], "one"))
    targets = cluener.task.examples(tokenizer, [record]).targets
    head = cluener.task.types.index("game")
    assert targets[0, head].tolist() == [[2, 2]]  # behind [CLS] and 玩


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("c3", {"choice": "甲"}, "'choice' must be a list of strings"),
        ("c3", {"choice": ["甲"]}, "'choice' must be a list of 2 to 4 texts"),
        ("c3", {"choice": ["甲", 2]}, "'choice' must be a string"),
        ("c3", {"choice": ["甲"] * 5}, "'choice' must be a list of 2 to 4"),
        ("c3", {"answer": "没有"}, "unknown answer '没有'"),
        ("c3", {"context": " "}, "'context' is empty"),
        ("cmrc2018", {"answers": []}, "'answers' must be a list of strings"),
        ("cmrc2018", {"answers": ["不在"]}, "'answers' is not in 'context'"),
        ("cmrc2018", {"answer_start": "3"}, "'answer_start' must be a whole"),
        ("cmrc2018", {"answers": [" "]}, "'answers' is empty"),
        ("cmrc2018", {"context": ""}, "'context' is empty"),
        ("csl", {"keyword": []}, "'keyword' must be a list of strings"),
        ("csl", {"keyword": ["甲", 1]}, "'keyword' must be a string"),
        ("csl", {"abst": ""}, "'abst' is empty"),
        ("wsc", {"target": 3}, "'target' must be {span1_text"),
        ("wsc", {"label": True}, "unknown label True"),
        ("chid", {"content": "甲"}, "'content' must be a text with one"),
        ("chid", {"content": ["#idiom0#"] * 2}, "'content' must be a text"),
        ("chid", {"candidates": ["甲"] * 9}, "'candidates' must be a list"),
        ("chid", {"answers": [1]}, "'answers' must be {blank: number}"),
        ("chid", {"answers": {}}, "answers: key '#idiom000000#' is missing"),
        (
            "chid",
            {"answers": {f"#idiom{i:06}#": 10 for i in range(4)}},
            "an answer must be the number of one of 10 candidates",
        ),
        ("fewclue.chid", {"answer": "1"}, "'#idiom#' must be a whole number"),
        ("fewclue.chid", {"answer": 7}, "an answer must be the number of one"),
        ("cluener", {"label": []}, "'label' must be {type: {text: [[first"),
        (
            "cluener",
            {"label": {"name": {"a": [[0, 999]]}}},
            "'label' must be {type: {text: [[first",
        ),
        (
            "cluener",
            {"label": {"river": {"a": [[0, 0]]}}},
            "unknown type 'river' in 'label', expected one of address",
        ),
    ],
)
def test_a_bad_record_is_named(name, change, message):
    task = TASKS[name]
    values = {**task.sample_data(1, 0)[0], **change}
    with pytest.raises(UserError) as error:
        task.parsed(records_of([values], "dev.json"))
    assert str(error.value).startswith(f"dev.json:1: {message}")


def test_the_answers_to_idioms_are_read_from_the_file_beside(tmp_path):
    records = chid.task.sample_data(5, 0)
    answers = {k: v for each in records for k, v in each.pop("answers").items()}
    lines = [json.dumps(each, ensure_ascii=False) for each in records]
    path = tmp_path / "dev.json"
    path.write_text("\n".join(lines), "utf8")
    with pytest.raises(UserError, match="dev.json:1: no answers; those to"):
        chid.task.read_part([path])
    assert len(chid.task.read_part([path], is_labelled=False)) == 5
    beside = tmp_path / "dev_answer.json"
    beside.write_text(json.dumps(answers))
    parsed = chid.task.read_part([path])
    found = {k: v for e in parsed for k, v in zip(e.blanks, e.labels)}
    assert found == answers
    beside.write_text("[]")
    with pytest.raises(UserError, match="dev_answer.json: not a JSON object"):
        chid.task.read_part([path])


def test_no_idiom_is_used_twice_and_the_joint_choice_is_the_best():
    records = parsed(chid.task, 30, seed=4, is_labelled=False)
    tokenizer = tokenizer_for(chid.task, records)
    examples = chid.task.examples(tokenizer, records)
    draw = np.random.default_rng(0)
    outputs = list(draw.normal(size=(len(examples.owners), 10)))
    answers = chid.task.answers(outputs, examples, records)
    owned = examples.owned(outputs, len(records))
    num_repeats = 0
    for answer, record, found in zip(answers, records, owned):
        scores = np.stack([logits for _, logits in found])
        chosen = [answer[blank] for blank in record.blanks]
        assert len(set(chosen)) == len(chosen)
        greedy = scores.argmax(axis=1)
        num_repeats += len(set(greedy)) < len(greedy)
        total = scores[range(len(chosen)), chosen].sum()
        # Greedy in the order of the text, without repeats.
        left, other = scores.copy(), 0.0
        for row in left:
            column = row.argmax()
            other += row[column]
            left[:, column] = -np.inf
        assert total >= other - 1e-9
    assert num_repeats > 0  # else nothing was to be decided jointly


def test_an_answer_is_a_part_of_its_text_and_windows_vote():
    task = mrc_by_mlm.task
    records = parsed(task, 10, seed=1)
    tokenizer = tokenizer_for(task, records)
    examples = task.examples(tokenizer, records)
    draw = np.random.default_rng(0)
    size = (task.max_answer_length, tokenizer.vocabulary_size)
    outputs = [
        answer_in(
            draw.normal(size=size),
            np.array(each.token_ids),
        )
        for each in examples.encodings
    ]
    for answer, record in zip(
        task.answers(outputs, examples, records), records
    ):
        assert answer and answer in record.context


def test_a_row_of_masks_by_hand():
    task = mrc_by_mlm.task
    values = {"context": "甲乙丙", "question": "谁？", "answers": ["乙丙"]}
    values["answer_start"] = 1
    (record,) = task.parsed(records_of([values], "one"))
    tokenizer = Tokenizer.from_texts(["甲乙丙谁？"])
    examples = task.examples(tokenizer, [record])
    tokens = tokenizer.tokens(examples.encodings[0].token_ids)
    num_masks = task.max_answer_length
    assert "".join(tokens) == (
        "[CLS]" + "[MASK]" * num_masks + "[SEP]谁？[SEP]甲乙丙[SEP]"
    )
    target = tokenizer.tokens(examples.targets[0])
    assert target == ["乙", "丙", "[SEP]"] + ["[PAD]"] * (num_masks - 3)
