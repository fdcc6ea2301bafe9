"""docs/clue_baselines.md has a row for each task and each test of it."""

import re

import pytest

from clue_baselines.harness.shapes import SHAPES
from tests.clue_baselines.tasks import ALL_TASKS
from tests.clue_baselines.tasks import FOLDER
from tests.clue_baselines.tasks import SCRIPTS
from tests.documents import DOCS

PAGE = (DOCS / "clue_baselines.md").read_text(encoding="utf8")


def rows_of(name):
    return [
        line for line in PAGE.splitlines() if line.startswith(f"| `{name}`")
    ]


@pytest.mark.parametrize("name", ALL_TASKS)
def test_the_page_names_the_files_of_a_task(name):
    task = ALL_TASKS[name]
    rows = rows_of(name)
    assert rows
    # Several say that they have the files of another.
    if "the same" not in rows[0] and "the files of" not in rows[0]:
        for part in ("train", "dev"):
            assert all(f"`{file}`" in rows[0] for file in task.files[part])
    for part, submission in task.submissions.items():
        (file,) = task.files[part]
        assert any(f"`{file}`" in row and submission in row for row in rows)
    for part in task.scored_tests:
        assert f"`{task.files[part][0]}`" in rows[0]


def test_the_page_names_no_submission_that_nobody_writes():
    named = set(re.findall(r"\w+_predict\.json", PAGE))
    written = {
        name
        for task in ALL_TASKS.values()
        for name in task.submissions.values()
    }
    assert named == written


def test_the_page_names_every_shape():
    for shape in SHAPES.values():
        assert f"| `{shape}` |" in PAGE


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_is_short_and_says_how_it_is_run(script):
    text = (FOLDER / f"{script}.py").read_text(encoding="utf8")
    assert text.count("\n") < 110
    assert f"python -m clue_baselines.{script}" in text
