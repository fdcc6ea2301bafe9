"""Collects submission files, checks them and writes submit.zip."""

import zipfile
from pathlib import Path
from typing import NamedTuple

from clue_baselines.harness.archive.checks import check_submission
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from keras_addons.files import replacing

NAME = "submit.zip"  # the leaderboard takes no other name
# The earliest date that a zip file holds: equal answers make equal files.
DATE = (1980, 1, 1, 0, 0, 0)


class Submission(NamedTuple):
    """A submission file and how many answers it holds."""

    task: str
    path: Path
    num_answers: int


def checked_submissions(tasks, data_dir, output_dir):
    """Checks the submission files that are there.

    Args:
        tasks: dict from name to `Task`.
        data_dir: `Path` of the folder with TASK/test.json.
        output_dir: `Path` of the folder with TASK/TASK_predict.json.

    Returns:
        The list of `Submission`, and a list of lines that say what is missing.

    Raises:
        UserError: a file is wrong, or its test file is missing.
    """
    found, missing = [], []
    for name, task in tasks.items():
        for part, submission in task.submissions.items():
            path = output_dir / name / submission
            if not path.exists():
                missing.append(f"{name}: {path} is not there")
                continue
            tests = [data_dir / task.folder / file for file in task.files[part]]
            for test in tests:
                if not test.exists():
                    raise UserError(
                        f"{test}: not there, so {path} cannot be checked"
                    )
            records = task.read_part(tests, is_labelled=False)
            num_answers = check_submission(task, path, records)
            found.append(Submission(name, path, num_answers))
    return found, missing


def write_zip(path, submissions):
    """Writes the files into a zip file, atomically, without folders."""
    names = [each.path.name for each in submissions]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{path}: two files are named {name}")
    with user_errors(), replacing(path) as temporary:
        with zipfile.ZipFile(temporary, "w") as archive:
            for each in submissions:
                entry = zipfile.ZipInfo(each.path.name, DATE)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, each.path.read_bytes())
