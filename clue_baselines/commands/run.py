"""Trains tasks, one after the other, and prints the table of their scores."""

import keras

from clue_baselines.harness.catalog import tasks_named
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.options.argument_types import Parser
from clue_baselines.harness.results.metrics import figures_of
from clue_baselines.harness.run import main as run_task


def main(arguments):
    """Runs each task with the rest of the arguments.

    A task that ends with an error does not end the others: the command then
    names it and ends with status 1.

    Returns:
        A dict from the name of a task to what its `main` returned.
    """
    parser = Parser(
        prog="clue_baselines run",
        description="Trains TASK ..., or all eleven of CLUE.",
        usage="%(prog)s TASK [TASK ...] | all [options of a task]",
        epilog="Every other argument goes to the tasks: python -m "
        "clue_baselines.tnews --help lists them.",
    )
    parser.add_argument("tasks", nargs="+", metavar="TASK")
    split = first_option(arguments)
    names = parser.parse_args(arguments[:split] or ["--help"]).tasks
    try:
        tasks = tasks_named(names).values()
    except UserError as error:
        parser.error(str(error))
    found, failed = {}, []
    for task in tasks:
        print(f"\n=== {task.name}: {task.question}")
        keras.utils.clear_session()
        try:
            found[task.name] = run_task(task, arguments[split:])
        except SystemExit as error:
            if error.code == 130:  # Ctrl-C
                raise
            failed.append(task.name)
    for name, result in found.items():
        print(f"{name:12}{summary(result)}")
    if failed:
        parser.exit(1, f"clue_baselines run: failed: {', '.join(failed)}\n")
    return found


def first_option(arguments):
    """Returns where the options begin."""
    for place, argument in enumerate(arguments):
        if argument.startswith("-") and argument not in ("-h", "--help"):
            return place
    return len(arguments)


def summary(result):
    """Returns one line about what metrics.json or a table of runs holds."""
    if isinstance(result, dict):
        return figures_of(result)
    best = max(result, key=lambda row: row["mean"])
    deviation = best["deviation"]
    around = "" if deviation is None else f" +- {deviation:.4f}"
    return f"{best['mean']:.4f}{around} ({len(best['seeds'])} seeds)"
