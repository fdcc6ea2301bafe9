"""The tasks of this package, found by their names."""

import importlib
from pathlib import Path

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.task import Task

PACKAGE = Path(__file__).parents[1]


def task_names():
    """Returns the names of the modules that may hold a task, sorted."""
    return [path.stem for path in sorted(PACKAGE.glob("[a-z]*.py"))]


def tasks_named(names=()):
    """Returns the `Task` of each name, or all of them where there is none.

    Raises:
        UserError: there is no task of such a name.
    """
    found = {}
    for name in names or task_names():
        if name in task_names():
            module = importlib.import_module(f"clue_baselines.{name}")
            task = getattr(module, "task", None)
            if isinstance(task, Task):
                found[name] = task
        if names and name not in found:
            raise UserError(
                f"unknown task {name!r}, expected one of "
                f"{', '.join(tasks_named())}"
            )
    return found
