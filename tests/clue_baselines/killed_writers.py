"""Kills processes while they write answers and submit.zip.

A program of its own, which forks and so has no threads that compute. Prints
the number of kills after which a file was there.
"""

import os
import random
import signal
import sys
import time
import zipfile
from pathlib import Path

from clue_baselines.harness.archive.packing import Submission
from clue_baselines.harness.archive.packing import write_zip
from clue_baselines.harness.data.record import Record
from clue_baselines.harness.results.submission import json_lines
from clue_baselines.harness.results.submission import write_submission

NUM_KILLS = 40
# The answers of two runs, which differ in length.
COUNTS = {"first": 2_000, "second": 3_000}


class Parsed:
    def __init__(self, number):
        self.source = Record(f"line {number}", {"id": number})


RECORDS = [Parsed(number) for number in range(max(COUNTS.values()))]


def write_for_ever(folder):
    path = folder / "tnews11_predict.json"
    while True:
        for label, count in COUNTS.items():
            write_submission(path, json_lines, RECORDS[:count], [label] * count)
            write_zip(folder / "submit.zip", [Submission("tnews", path, count)])


def check(content):
    """Raises unless it is all of one run's answers."""
    lines = content.decode("utf8").splitlines()
    label = "first" if '"first"' in lines[0] else "second"
    assert len(lines) == COUNTS[label], len(lines)
    last = COUNTS[label] - 1
    assert lines[-1] == f'{{"id": {last}, "label": "{label}"}}', lines[-1]


def kill_one(folder, seconds):
    """Returns how many of the two files were there after the kill."""
    process = os.fork()
    if process == 0:
        write_for_ever(folder)
    time.sleep(seconds)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    found = 0
    answers, archive = folder / "tnews11_predict.json", folder / "submit.zip"
    if answers.exists():
        check(answers.read_bytes())
        found += 1
    if archive.exists():
        with zipfile.ZipFile(archive) as file:
            assert file.namelist() == [answers.name]
            check(file.read(answers.name))
        found += 1
    return found


if __name__ == "__main__":
    draws = random.Random(int(sys.argv[2]))
    # Both files take about 0.05 s, on a busy machine several times as long.
    print(
        sum(
            kill_one(Path(sys.argv[1]), draws.uniform(0.05, 0.4)) == 2
            for _ in range(NUM_KILLS)
        )
    )
