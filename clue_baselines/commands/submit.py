"""Writes submit.zip of the results, once all answers are checked.

Every answer of every submission file is compared with the test file: ids,
number, order, and whether the label is one that the task has. A wrong file is
one line that names it, and then nothing is written. A submission that is not
there is named and left out.

Run:  python -m clue_baselines submit --data-dir CLUE --output-dir results
"""

from pathlib import Path

from clue_baselines.harness.archive.packing import NAME
from clue_baselines.harness.archive.packing import checked_submissions
from clue_baselines.harness.archive.packing import write_zip
from clue_baselines.harness.catalog import tasks_named
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.run import command


def submit(options):
    """Returns the path of the zip file."""
    submissions, missing = checked_submissions(
        tasks_named(options.tasks or ["all"]),
        options.data_dir,
        options.output_dir,
    )
    for each in submissions:
        print(f"{each.path}: {each.num_answers} answers, all as they must be")
    for line in missing:
        print(f"left out: {line}")
    if not submissions:
        raise UserError(
            f"{options.output_dir}: no submission file; a finished run with "
            "test files leaves one"
        )
    path = options.output_dir / NAME
    write_zip(path, submissions)
    num_tasks = len({each.task for each in submissions})
    print(f"{path}: {len(submissions)} files of {num_tasks} tasks")
    return path


def main(arguments):
    parser = Parser(
        prog="clue_baselines submit", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "tasks", nargs="*", metavar="TASK", help="tasks (default: CLUE's)"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        required=True,
        help="folder that holds TASK/test.json",
    )
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=Path("results"),
        help="folder with the results, which submit.zip is written to",
    )
    return command("submit", submit, parser.parse_args(arguments))
