"""The commands that train, list, answer and score."""

import pytest

from clue_baselines.__main__ import main
from clue_baselines.harness import catalog
from clue_baselines.tnews import task


@pytest.fixture(scope="module")
def output(clue, tmp_path_factory):
    """Results of two tasks with one command."""
    output = tmp_path_factory.mktemp("output")
    scores = main(
        [
            *("run", "tnews", "afqmc", f"--data-dir={clue}", "--epochs=1"),
            *(f"--output-dir={output}", "--limit=32", "--segments=one"),
        ]
    )
    assert list(scores) == ["tnews", "afqmc"]
    return output, scores


def test_run_trains_each_task_into_its_folder(output):
    folder, scores = output
    for name, metrics in scores.items():
        assert metrics["task"] == name
        assert (folder / name / "model.keras").exists()


def test_evaluate_scores_what_the_training_scored(output, clue, capsys):
    folder, scores = output
    # --limit does not go with the model: the file has as many records.
    lines = (clue / "tnews/dev.json").read_text("utf8").splitlines()
    assert len(lines) == 16
    found = main(
        ["evaluate", "tnews", f"--data-dir={clue}", f"--output-dir={folder}"]
    )
    assert found == {"accuracy": scores["tnews"]["dev_accuracy"]}
    assert "16 records" in capsys.readouterr().out
    path = str(clue / "tnews/dev.json")
    twice = main(["evaluate", "tnews", path, path, f"--output-dir={folder}"])
    assert twice == found


def test_predict_is_the_option_of_the_task(output, clue, tmp_path, capsys):
    folder, _ = output
    path = tmp_path / "new.txt"
    path.write_text("国足逆转取胜\n央行下调利率\n", encoding="utf8")
    answers = main(["predict", "tnews", str(path), f"--output-dir={folder}"])
    assert len(answers) == 2 and set(answers) <= set(task.label_names)
    assert capsys.readouterr().out.count('{"label": ') == 2


def test_a_task_that_fails_does_not_end_the_others(clue, tmp_path, capsys):
    (tmp_path / "data" / "afqmc").mkdir(parents=True)
    for part in ("train", "dev", "test"):
        source = clue / "afqmc" / f"{part}.json"
        (tmp_path / "data" / "afqmc" / f"{part}.json").write_bytes(
            source.read_bytes()
        )
    with pytest.raises(SystemExit) as error:
        main(
            [
                *("run", "tnews", "afqmc", "--limit=16", "--epochs=1"),
                f"--data-dir={tmp_path / 'data'}",
                f"--output-dir={tmp_path / 'out'}",
            ]
        )
    assert error.value.code == 1
    assert "failed: tnews" in capsys.readouterr().err
    assert (tmp_path / "out/afqmc/metrics.json").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["runn"], "unknown command 'runn', expected one of"),
        (["run", "tnew"], "unknown task 'tnew', expected one of"),
        (["predict", "tnews"], "required: FILE"),
        (["evaluate", "tnew"], "invalid choice: 'tnew'"),
        (["list", "more"], "unrecognized arguments: more"),
    ],
)
def test_a_wrong_command_is_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    printed = capsys.readouterr().err
    assert message in printed.splitlines()[-1]


def test_the_list_names_every_command_and_every_task(capsys):
    main([])
    printed = capsys.readouterr().out
    for name in (*catalog.task_names(), "run", "predict", "evaluate"):
        assert f"\n  {name} " in printed


def test_all_is_the_eleven_tasks_of_clue():
    assert len(catalog.CLUE) == 11
    assert set(catalog.task_names()) >= {"tnews", "afqmc", "cmrc2018"}
