"""Several runs of one job: seeds, the cells of a grid, and their table."""

import shutil
import statistics
from pathlib import Path
from typing import NamedTuple

import keras

from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.options.grid import folder_name
from clue_baselines.harness.results.files import write_json
from clue_baselines.harness.results.files import write_text
from clue_baselines.harness.results.folder import finish
from clue_baselines.harness.results.folder import opened

TABLE = "runs"  # runs.json, runs.md and the folder of the runs


class Cell(NamedTuple):
    """One combination of options, and those of its run with each seed."""

    values: dict
    runs: list

    def folder(self, parent, options):
        name = folder_name(self.values)
        return parent / TABLE / name / f"seed-{options.seed}"


def run_cells(run, job, cells, folder):
    """Runs all cells; the best run's files become those of `folder`.

    Args:
        run: function of (job, options, folder) that returns what metrics.json
            holds.
        job: `Job`.
        cells: list of `Cell`.
        folder: `Path` of the job's results.

    Returns:
        The rows of the table: a list with a dict for each cell.
    """
    found = []
    for cell in cells:
        metrics = []
        found.append((cell, metrics))
        for options in cell.runs:
            print(f"\n== {folder_name(cell.values)}, seed {options.seed}")
            # Nothing of the run before, in names of layers or in memory.
            keras.utils.clear_session()
            where = cell.folder(folder, options)
            metrics.append(run(job, options, where))
            write_table(folder, job, rows_of(found, job), cells)
    rows = rows_of(found, job)
    cell, metrics = found[rows.index(best_of(rows))]
    scores = [score(each, job) for each in metrics]
    number = scores.index(max(scores))
    adopt(folder, cell.folder(folder, cell.runs[number]), metrics[number])
    print("\n" + (folder / f"{TABLE}.md").read_text(encoding="utf8"))
    print(f"The files of the best run are in {folder}")
    return rows


def score(metrics, job):
    """Returns the value of a run that the best run has most of."""
    if job.metric is None:
        return -metrics["loss"]
    return metrics[job.metric.replace("val_", "dev_")]


def rows_of(found, job):
    rows = []
    for cell, metrics in found:
        scores = [score(each, job) for each in metrics]
        rows.append(
            {
                "options": cell.values,
                "seeds": {m["seed"]: s for m, s in zip(metrics, scores)},
                "mean": statistics.fmean(scores) if scores else None,
                # Of a sample, as n - 1 tells; one seed has none.
                "deviation": statistics.stdev(scores)
                if len(scores) > 1
                else None,
                "seconds": round(sum(m["training_seconds"] for m in metrics)),
            }
        )
    return [row for row in rows if row["seeds"]]


def best_of(rows):
    """Returns the row with the best mean; the first of equal ones."""
    return max(rows, key=lambda row: row["mean"])


def write_table(folder, job, rows, cells):
    """Writes runs.json and runs.md, also while runs are missing."""
    wanted = sum(len(cell.runs) for cell in cells)
    done = sum(len(row["seeds"]) for row in rows)
    metric = "-loss" if job.metric is None else job.metric
    metric = metric.replace("val_", "dev ").replace("_", " ")
    lines = [f"{job.name}: {metric}, {done} of {wanted} runs", ""]
    names = list(cells[0].values)
    heads = [*names, "mean", "deviation", "seeds", "seconds"]
    lines += [line(heads), line(["---"] * len(heads))]
    best = best_of(rows) if done == wanted else None
    for row in rows:
        mean = f"{row['mean']:.4f}"
        deviation = row["deviation"]
        cells_of_row = [
            *(row["options"][name] for name in names),
            f"**{mean}**" if row is best else mean,
            "" if deviation is None else f"{deviation:.4f}",
            ", ".join(f"{value:.4f}" for value in row["seeds"].values()),
            row["seconds"],
        ]
        lines.append(line(cells_of_row))
    write_text(folder / f"{TABLE}.md", "\n".join(lines) + "\n")
    write_json(folder / f"{TABLE}.json", {"metric": metric, "rows": rows})


def line(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def adopt(folder, best, metrics):
    """Copies the files of the best run to the folder of the job, or none."""
    with opened(folder, resume=False) as unfinished:
        with user_errors():
            for name in metrics["files"]:
                shutil.copyfile(best / name, Path(unfinished) / name)
        finish(folder, metrics)
