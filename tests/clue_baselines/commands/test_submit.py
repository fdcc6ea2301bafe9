"""submit.zip holds the answers that are right in form, or there is none."""

import zipfile

import pytest

from clue_baselines.__main__ import main
from clue_baselines.harness import catalog
from clue_baselines.harness.catalog import tasks_named
from clue_baselines.harness.run import main as run_task
from tests.clue_baselines.commands.results_folders import write_answers
from tests.clue_baselines.commands.results_folders import write_json
from tests.clue_baselines.commands.results_folders import write_tests

FILES = [
    "afqmc_predict.json",
    "c311_predict.json",
    "cluener_predict.json",
    "cmrc2018_predict.json",
    "tnews11_predict.json",
]


@pytest.fixture
def folders(tmp_path):
    return write_tests(tmp_path / "clue"), write_answers(tmp_path / "results")


def submit(folders, *tasks):
    data, results = map(str, folders)
    return main(["submit", *tasks, "--data-dir", data, "--output-dir", results])


def refusal(folders, capsys):
    with pytest.raises(SystemExit) as error:
        submit(folders)
    assert error.value.code == 1
    assert not (folders[1] / "submit.zip").exists()
    message = capsys.readouterr().err
    assert message.startswith("clue_baselines.submit: error: ")
    assert message.count("\n") == 1
    return message.removeprefix("clue_baselines.submit: error: ").strip()


def replace(path, before, after):
    text = path.read_text("utf8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf8")


def test_the_zip_holds_every_file_byte_by_byte_and_no_folder(folders, capsys):
    path = submit(folders)
    assert path == folders[1] / "submit.zip"
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == FILES
        for name in FILES:
            (file,) = folders[1].glob(f"*/{name}")
            assert archive.read(name) == file.read_bytes()
    printed = capsys.readouterr().out
    assert "tnews11_predict.json: 3 answers, all as they must be" in printed
    missing = folders[1] / "ocnli" / "ocnli_50k_predict.json"
    assert f"left out: ocnli: {missing} is not there" in printed
    assert printed.endswith("submit.zip: 5 files of 5 tasks\n")
    first = path.read_bytes()
    assert submit(folders).read_bytes() == first


def test_only_the_tasks_that_are_named_are_checked_and_packed(folders):
    write_json(folders[1] / "c3/c311_predict.json", "nonsense")
    with zipfile.ZipFile(submit(folders, "afqmc")) as archive:
        assert archive.namelist() == ["afqmc_predict.json"]


def test_by_default_the_tasks_are_those_of_the_leaderboard(
    folders, monkeypatch
):
    monkeypatch.setattr(catalog, "CLUE", ("c3",))
    with zipfile.ZipFile(submit(folders)) as archive:
        assert archive.namelist() == ["c311_predict.json"]


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        (
            "tnews/tnews11_predict.json",
            '"id": 1',
            '"id": 2',
            "results/tnews/tnews11_predict.json:2: 'id' must be 1, as at "
            "clue/tnews/test.json:2. Received: 2",
        ),
        (
            "tnews/tnews11_predict.json",
            '"id": 1',
            '"id": true',
            "results/tnews/tnews11_predict.json:2: 'id' must be a number or a "
            "string. Received: True",
        ),
        (
            "tnews/tnews11_predict.json",
            '"id": 1',
            '"id": "1"',
            "results/tnews/tnews11_predict.json:2: 'id' must be 1, as at "
            "clue/tnews/test.json:2. Received: '1'",
        ),
        (
            "tnews/tnews11_predict.json",
            '"id": 1',
            '"id": 1.0',
            "results/tnews/tnews11_predict.json:2: 'id' must be 1, as at "
            "clue/tnews/test.json:2. Received: 1.0",
        ),
        (
            "tnews/tnews11_predict.json",
            '"104"',
            '"105"',
            "results/tnews/tnews11_predict.json:2: unknown label '105', "
            "expected one of ",
        ),
        (
            "tnews/tnews11_predict.json",
            '"104"',
            "104",
            "results/tnews/tnews11_predict.json:2: 'label' must be a string. "
            "Received: 104",
        ),
        (
            "afqmc/afqmc_predict.json",
            '"label"',
            '"answer"',
            "results/afqmc/afqmc_predict.json:1: key 'label' is missing",
        ),
        (
            "afqmc/afqmc_predict.json",
            '{"id": "a2", "label": "1"}\n',
            "",
            "results/afqmc/afqmc_predict.json: 'id': 3 answers are expected, "
            "one for each question of the test. Received: 2",
        ),
        (
            "c3/c311_predict.json",
            '"label": 2',
            '"label": 3',
            "results/c3/c311_predict.json:1: 'label' must be a whole number "
            "from 0 to 2, the place of a choice. Received: 3",
        ),
        (
            "cmrc2018/cmrc2018_predict.json",
            "1949年",
            "1950年",
            "results/cmrc2018/cmrc2018_predict.json: key 'TEST_1': the answer "
            "must be words of the text. Received: '1950年'",
        ),
        (
            "cmrc2018/cmrc2018_predict.json",
            "TEST_1",
            "TEST_0",
            "results/cmrc2018/cmrc2018_predict.json: key 'TEST_0' is there "
            "twice",
        ),
        (
            "cmrc2018/cmrc2018_predict.json",
            "TEST_1",
            "TEST_2",
            "results/cmrc2018/cmrc2018_predict.json: key 'TEST_1' of "
            "clue/cmrc2018/test.json: TEST_1 is missing",
        ),
        (
            "cmrc2018/cmrc2018_predict.json",
            "{",
            '{"TEST_9": "主教", ',
            "results/cmrc2018/cmrc2018_predict.json: key 'TEST_9': no such "
            "'id' in the test",
        ),
        (
            "cluener/cluener_predict.json",
            "[0, 1]",
            "[1, 2]",
            "results/cluener/cluener_predict.json:1: 'label' has '国足' at "
            "[1, 2], where the text has '足逆'",
        ),
        (
            "cluener/cluener_predict.json",
            "[0, 1]",
            "[0, 1.0]",
            "results/cluener/cluener_predict.json:1: 'label' must be {type: ",
        ),
        (
            "cluener/cluener_predict.json",
            "organization",
            "club",
            "results/cluener/cluener_predict.json:1: unknown type 'club' in ",
        ),
    ],
)
def test_a_wrong_answer_is_one_line_and_nothing_is_written(
    name, before, after, expected, folders, capsys, monkeypatch
):
    monkeypatch.chdir(folders[0].parent)
    replace(folders[1] / name, before, after)
    data, results = folders[0].name, folders[1].name
    with pytest.raises(SystemExit):
        main(["submit", "--data-dir", data, "--output-dir", results])
    assert f"error: {expected}" in capsys.readouterr().err
    assert not (folders[1] / "submit.zip").exists()


def test_a_zip_of_before_stays_where_an_answer_is_wrong(folders, capsys):
    before = submit(folders).read_bytes()
    replace(folders[1] / "tnews/tnews11_predict.json", "104", "105")
    with pytest.raises(SystemExit):
        submit(folders)
    assert (folders[1] / "submit.zip").read_bytes() == before
    assert [path.name for path in folders[1].glob(".tmp-*")] == []


def test_without_its_test_file_a_submission_is_refused(folders, capsys):
    (folders[0] / "afqmc/test.json").unlink()
    message = refusal(folders, capsys)
    assert "afqmc/test.json: not there, so " in message


def test_without_any_submission_there_is_no_zip(folders, capsys):
    folders = folders[0], folders[1] / "empty"
    assert "no submission file" in refusal(folders, capsys)


def test_an_unknown_task_is_one_line(folders, capsys):
    with pytest.raises(SystemExit):
        submit(folders, "roformer_sim")
    message = capsys.readouterr().err
    assert "unknown task 'roformer_sim', expected one of afqmc, c3" in message


@pytest.mark.parametrize("name", ["tnews", "c3", "cmrc2018", "cluener"])
def test_what_a_task_writes_is_what_the_check_takes(name, tmp_path):
    # Of each shape: the sample test's records, answered and read back.
    task = tasks_named([name])[name]
    records = task.sample_records().tests
    (submission,), (asked,) = records, records.values()
    labels = [given_label(task, record) for record in asked]
    path = tmp_path / submission
    path.write_text(task.writer(asked, labels), "utf8")
    given = task.read_submission(path)
    assert [each.get("label") for each in given] == labels
    for answer, (_, record) in zip(given, task.asked(asked)):
        task.check_answer(answer, record)


def given_label(task, record):
    """The record's own label in the form of a submission."""
    if task.shape == "text_classification":
        return task.label_names[record.label]
    if task.shape == "multiple_choice":
        return record.label
    if task.shape == "span_extraction":
        return record.answers[0]
    return record.source.get("label")


@pytest.mark.usefixtures("tiny_is_smaller", "without_tracing")
def test_the_files_of_a_run_are_packed(clue, tmp_path):
    task = tasks_named(["tnews"])["tnews"]
    arguments = ["--data-dir", str(clue), "--output-dir", str(tmp_path)]
    run_task(task, [*arguments, "--epochs=1"])
    with zipfile.ZipFile(main(["submit", *arguments])) as archive:
        names = {"tnews11_predict.json": 10, "tnews10_predict.json": 5}
        assert archive.namelist() == list(names)
        for name, count in names.items():
            assert archive.read(name).count(b"\n") == count
