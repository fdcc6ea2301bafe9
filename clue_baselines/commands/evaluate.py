"""Scores a trained model on the dev part or on labelled files."""

from pathlib import Path

from clue_baselines.harness.catalog import task_named
from clue_baselines.harness.catalog import task_names
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.results.trained_model import TrainedModel
from clue_baselines.harness.run import command
from clue_baselines.harness.run import folder_of


def main(arguments):
    """Prints the scores, and returns them as a dict from metric to value."""
    parser = Parser(
        prog="clue_baselines evaluate",
        description="Scores the model that the last run of TASK left in "
        "OUTPUT_DIR/TASK on labelled records.",
    )
    parser.add_argument("task", choices=task_names(), metavar="TASK")
    parser.add_argument(
        "files",
        type=Path,
        nargs="*",
        metavar="FILE",
        help="labelled files of the form of the dev part (default: the dev "
        "part of DATA_DIR/TASK, or of the sample data)",
    )
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--output-dir", type=Path, default=Path("results"))
    options = parser.parse_args(arguments)
    task = task_named(options.task)
    return command(f"{task.name} evaluate", evaluate, task, options)


def evaluate(task, options):
    folder = folder_of(task, options)
    trained = TrainedModel.from_folder(folder).reading_as(task)
    records = labelled_records(trained.task, options)
    answers = trained.answers_of_records(records)
    scores = trained.task.score(answers, records)
    print(f"{len(records)} records")
    for name, value in scores.items():
        print(f"{name.replace('_', ' '):12}{value:.4f}")
    return scores


def labelled_records(task, options):
    if options.files:
        return task.read_part(options.files)
    if options.data_dir is None:
        return task.sample_records().dev
    folder = options.data_dir / task.folder
    return task.read_part([folder / name for name in task.files["dev"]])
