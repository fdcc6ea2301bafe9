"""No kill leaves half of a submission, or of submit.zip, under its name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

if not hasattr(os, "fork"):
    pytest.skip("the program forks", allow_module_level=True)


def kill(folder):
    program = Path(__file__).parent / "killed_writers.py"
    return subprocess.run(
        [sys.executable, program, str(folder), "0"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.beside(runs=kill)
def test_a_killed_writer_leaves_whole_files_or_none(beside):
    assert beside.returncode == 0, beside.stdout + beside.stderr
    assert int(beside.stdout.splitlines()[-1]) >= 20
