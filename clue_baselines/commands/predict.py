"""Answers the records of a file with a trained model, a line of JSON each."""

from pathlib import Path

from clue_baselines.harness.catalog import task_named
from clue_baselines.harness.catalog import task_names
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.run import main as run_task


def main(arguments):
    """Is `python -m clue_baselines.TASK --predict FILE`."""
    parser = Parser(
        prog="clue_baselines predict",
        description="Answers the records of FILE with the model that the last "
        "run of TASK left in OUTPUT_DIR/TASK.",
    )
    parser.add_argument("task", choices=task_names(), metavar="TASK")
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="of the form of a test file, or for some tasks a text a line",
    )
    parser.add_argument("--output-dir", default="results")
    options = parser.parse_args(arguments)
    return run_task(
        task_named(options.task),
        ["--predict", str(options.file), "--output-dir", options.output_dir],
    )
