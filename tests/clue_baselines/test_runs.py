"""--seeds and --grid: several runs, one table."""

import json
import statistics

import numpy as np
import pytest

from clue_baselines import tnews
from clue_baselines.harness.options import grid
from clue_baselines.harness.options.command_line import parse_options
from clue_baselines.harness.results import runs
from clue_baselines.harness.run import main


def test_the_cells_of_a_grid_are_all_combinations():
    axes = [("a", ["1", "2"]), ("b", ["x"]), ("a", ["3", "1"])]
    assert grid.cells_of(axes) == [
        {"a": "1", "b": "x"},
        {"a": "2", "b": "x"},
        {"a": "3", "b": "x"},
    ]
    assert grid.cells_of([]) == [{}]


def test_the_values_of_an_optimizer_may_hold_commas():
    text = "optimizer=adam:beta_1=0.9,beta_2=0.99"
    assert grid.axis(text) == ("optimizer", ["adam:beta_1=0.9,beta_2=0.99"])
    assert grid.axis("--batch_size=1,2") == ("batch-size", ["1", "2"])


def test_a_folder_has_no_separator_in_its_name():
    cell = {"checkpoint": "a/b", "optimizer": "adam:beta_1=0.9"}
    name = grid.folder_name(cell)
    assert name == "checkpoint=a_b,optimizer=adam_beta_1=0.9"


class Killed(BaseException):
    """What no handler of errors catches."""


@pytest.fixture(scope="module")
def arguments(clue, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs")
    return [
        f"--data-dir={clue}",
        f"--output-dir={output}",
        "--limit=32",
        "--epochs=1",
        "--seed=3",
        "--seeds=2",
        "--grid",
        "learning-rate=1e-3,3e-3",
    ], output / "tnews"


@pytest.fixture(scope="module")
def table(arguments):
    """The rows of four runs, of which the third was killed and resumed."""
    arguments, folder = arguments
    with pytest.MonkeyPatch.context() as patch:
        write_table, count = runs.write_table, 0

        def kill_after_three(*details):
            nonlocal count
            write_table(*details)
            count += 1
            if count == 3:
                raise Killed

        patch.setattr(runs, "write_table", kill_after_three)
        with pytest.raises(Killed):
            main(tnews.task, arguments)
    partial = (folder / "runs.md").read_text("utf8")
    assert "3 of 4 runs" in partial and "**" not in partial
    assert not (folder / "metrics.json").exists()
    return main(tnews.task, ["--resume", *arguments])


def test_the_table_has_a_row_for_each_cell_and_a_score_for_each_seed(
    table, arguments
):
    _, folder = arguments
    rates = [row["options"] for row in table]
    assert rates == [{"learning-rate": "1e-3"}, {"learning-rate": "3e-3"}]
    for row in table:
        assert list(row["seeds"]) == [3, 4]
        scores = list(row["seeds"].values())
        # Two numbers: their mean, and their distance over the root of two.
        np.testing.assert_allclose(row["mean"], sum(scores) / 2)
        distance = abs(scores[0] - scores[1]) / 2**0.5
        np.testing.assert_allclose(row["deviation"], distance, atol=1e-12)
    text = (folder / "runs.md").read_text("utf8")
    assert "4 of 4 runs" in text
    best = max(row["mean"] for row in table)
    assert f"**{best:.4f}**" in text
    assert text.count("**") == 2
    saved = json.loads((folder / "runs.json").read_text("utf8"))
    assert saved["metric"] == "dev accuracy"
    assert len(saved["rows"]) == 2


def test_a_score_is_that_of_the_run_alone(table, arguments, tmp_path):
    arguments, _ = arguments
    alone = [a for a in arguments if not a.startswith(("--out", "--seed"))]
    metrics = main(
        tnews.task,
        [
            *alone[: alone.index("--grid")],
            f"--output-dir={tmp_path}",
            "--learning-rate=3e-3",
            "--seed=4",
        ],
    )
    assert metrics["dev_accuracy"] == table[1]["seeds"][4]
    assert metrics["options"]["learning_rate"] == 3e-3


def test_the_best_run_is_that_of_the_folder(table, arguments):
    _, folder = arguments
    metrics = json.loads((folder / "metrics.json").read_text("utf8"))
    best = max(table, key=lambda row: row["mean"])
    seed = max(best["seeds"], key=best["seeds"].get)
    assert metrics["seed"] == seed
    name = grid.folder_name(best["options"])
    source = folder / "runs" / name / f"seed-{seed}"
    for file in metrics["files"]:
        assert (folder / file).read_bytes() == (source / file).read_bytes()
    assert statistics.fmean(best["seeds"].values()) == best["mean"]


def test_limit_reads_the_first_records_of_each_part(clue):
    data = f"--data-dir={clue}"
    limited = tnews.task.read(parse_options(tnews.task, [data, "--limit=5"]))
    whole = tnews.task.read(parse_options(tnews.task, [data]))
    assert limited.train == whole.train[:5] and len(limited.dev) == 5
    assert all(len(test) == 5 for test in limited.tests.values())
