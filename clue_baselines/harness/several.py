"""The command line of a script with several tasks: the first word is one."""

import sys

from clue_baselines.harness.run import main

HELP = ("-h", "--help")


def main_of(name, tasks, arguments=None):
    """Runs the task that the first argument names; without one lists them.

    Args:
        name: string, the script's module in `clue_baselines`.
        tasks: dict from the word for a task to the `Task`.
        arguments: list of strings. Defaults to those of the command line.

    Returns:
        What `run.main` returns; None if the tasks are listed.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in HELP:
        print(f"python -m clue_baselines.{name} TASK [--data-dir DIR]; --help")
        for word, task in tasks.items():
            print(f"{word:14}{task.question}")
        return None
    word, *rest = arguments
    if word not in tasks:
        print(
            f"clue_baselines.{name}: error: unknown task {word!r}, "
            f"expected one of {', '.join(tasks)}",
            file=sys.stderr,
        )
        raise SystemExit(2)
    return main(tasks[word], rest)
