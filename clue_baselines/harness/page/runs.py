"""Reads what finished runs have left in the results folder."""

import csv
import json
from pathlib import Path
from typing import NamedTuple

from clue_baselines.harness.data.documents import read_json
from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.results.dev_answers import DEV_ANSWERS
from clue_baselines.harness.results.folder import METRICS
from clue_baselines.harness.results.folder import unfinished_part
from clue_baselines.harness.results.model_files import TASK


class Run(NamedTuple):
    """A finished run.

    Args:
        name: name of the task, or of the stage.
        metrics: dict, what metrics.json holds.
        history: list with a dict of numbers for each epoch.
        answers: list of dicts, the lines of dev_answers.jsonl; none where a
            run has no such file.
        task: dict, what task.json holds; empty where there is none.
    """

    name: str
    metrics: dict
    history: list
    answers: list
    task: dict

    @property
    def metric(self):
        """The score by which the best epoch was chosen, or None."""
        names = [
            name.removeprefix("dev_")
            for name in self.metrics
            if name.startswith("dev_") and name != "dev_loss"
        ]
        return names[0] if names else None

    @property
    def score(self):
        """That score times 100, or None."""
        if self.metric is None:
            return None
        return 100 * self.metrics[f"dev_{self.metric}"]

    @property
    def is_sample(self):
        """Whether it ran on generated data."""
        return self.metrics["options"]["data_dir"] is None


def read_runs(folder, names=()):
    """Returns the `Run` of each task in a folder of results.

    Raises:
        UserError: there is none, or a file cannot be read.
    """
    folder = Path(folder)
    found = sorted({*folder.glob("*"), *folder.glob("*/*")})
    found = [
        each
        for each in found
        if (each / METRICS).is_file() and each != unfinished_part(each.parent)
    ]
    if names:
        found = [folder / name for name in names]
    runs = [read_run(each) for each in found]
    if not runs:
        raise UserError(f"{folder}: no finished run, which leaves {METRICS}")
    return runs


def read_run(folder):
    metrics = read_json(folder / METRICS)
    answers, task = folder / DEV_ANSWERS, folder / TASK
    try:
        run = Run(
            metrics["task"],
            metrics,
            read_history(folder / "history.csv"),
            [record.values for record in read_json_lines(answers)]
            if answers.exists()
            else [],
            read_json(task) if task.exists() else {},
        )
        # Asked here, so that a damaged file is named.
        run.score, run.is_sample, metrics["best_epoch"]
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{folder / METRICS}: not the metrics of a run ({error!r})"
        ) from None
    return run


def read_history(path):
    with user_errors():
        lines = path.read_text(encoding="utf8").splitlines()
    with user_errors(f"{path}: "):
        return [
            {name: float(value) for name, value in row.items()}
            for row in csv.DictReader(lines)
        ]


def hardest(answers, count=10):
    """Returns the answers that are most wrong, the worst first.

    They are ordered by the loss where there is one, else by the confidence
    of the wrong answer, else by their score.
    """
    wrong = [row for row in answers if row["score"] < 1]
    if all("loss" in row for row in wrong):
        return sorted(wrong, key=lambda row: -row["loss"])[:count]
    return sorted(
        wrong, key=lambda row: (row["score"], -row.get("confidence", 0))
    )[:count]


def text_of(answer):
    """Returns a label or an answer in one line."""
    if isinstance(answer, list):
        return " / ".join(map(str, answer))
    if isinstance(answer, dict):
        return json.dumps(answer, ensure_ascii=False)
    return str(answer)
