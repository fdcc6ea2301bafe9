"""Tables go where they belong, and nowhere else."""

import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
TEXT = """# Title

<!-- table: one.py -->
old

| a |
<!-- end -->
between
<!-- table: two.py --fast -->
<!-- end -->
"""


@pytest.fixture(scope="module")
def report():
    spec = importlib.util.spec_from_file_location(
        "report", FOLDER / "report.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_table_replaces_its_own_and_no_other(report):
    new = report.replace(TEXT, "one.py", "new")
    assert new == TEXT.replace("old\n\n| a |\n", "new\n")
    new = report.replace(TEXT, "two.py --fast", "| b |")
    assert new == TEXT.replace("--fast -->\n", "--fast -->\n| b |\n")


def test_a_script_without_a_place_is_an_error(report):
    with pytest.raises(SystemExit, match="0 places for three.py"):
        report.replace(TEXT, "three.py", "new")


def test_a_script_that_is_not_in_the_readme_is_not_run(report):
    with pytest.raises(SystemExit, match="no place for three.py"):
        report.main(["three.py"])


def test_what_is_not_a_table_is_left_out(report):
    lines = ["2 cores, x86_64, keras 3", "", "| a |", "noise", "|---|", "| b |"]
    expected = "2 cores, x86_64, keras 3\n\n| a |\n|---|\n| b |"
    assert report.tidy(lines) == expected


def test_each_place_in_the_readme_has_its_script(report):
    text = report.README.read_text(encoding="utf8")
    commands = report.commands_of(text)
    assert commands
    for command in commands:
        assert (FOLDER / command.split()[0]).exists()
        assert report.replace(text, command, "new") != text
