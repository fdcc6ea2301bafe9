"""The tasks by name, and which modules hold one."""

import ast
import importlib
from pathlib import Path

from clue_baselines.harness.errors import UserError

PACKAGE = Path(__file__).parents[1]
# In the order of CLUE's leaderboard.
CLUE = (
    "afqmc",
    "tnews",
    "iflytek",
    "cmnli",
    "ocnli",
    "wsc",
    "csl",
    "cmrc2018",
    "chid",
    "c3",
    "cluener",
)


def task_names():
    """Returns the names of the modules that hold a `task`, importing none."""
    return [
        path.stem
        for path in sorted(PACKAGE.glob("[a-z]*.py"))
        if holds_a_task(path)
    ]


def holds_a_task(path):
    tree = ast.parse(path.read_text(encoding="utf8"))
    return any(
        isinstance(node, ast.Assign)
        and any(getattr(target, "id", "") == "task" for target in node.targets)
        for node in tree.body
    )


def task_named(name):
    """Returns the `Task` of a name.

    Raises:
        UserError: there is no such task.
    """
    if name not in task_names():
        raise UserError(
            f"unknown task {name!r}, expected one of {', '.join(task_names())}"
        )
    return importlib.import_module(f"clue_baselines.{name}").task


def tasks_named(names=()):
    """Returns a dict from name to `Task`; "all" is the eleven of CLUE.

    Args:
        names: list of strings. Defaults to every task there is.
    """
    found = []
    for name in names or task_names():
        found += CLUE if name == "all" else [name]
    return {name: task_named(name) for name in found}
