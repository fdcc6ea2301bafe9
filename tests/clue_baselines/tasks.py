"""All tasks by name, those of the scripts with several among them."""

import importlib
from pathlib import Path

import clue_baselines

FOLDER = Path(clue_baselines.__file__).parent


def tasks_of(script):
    module = importlib.import_module(f"clue_baselines.{script}")
    if hasattr(module, "TASKS"):
        return list(module.TASKS.values())
    return [module.task]


SCRIPTS = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
ALL_TASKS = {task.name: task for script in SCRIPTS for task in tasks_of(script)}
