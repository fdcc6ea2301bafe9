"""Timing that a noisy machine does not fool, and tables."""

import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np


def alternate(steps, num_rounds, warm_up=2):
    """Milliseconds a step: the contenders in turn, a list of times each."""
    times = {name: [] for name in steps}
    for _ in range(warm_up + num_rounds):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            times[name].append(1e3 * (time.perf_counter() - start))
    return {name: each[warm_up:] for name, each in times.items()}


def median_ratio(times, name, other):
    """The median of the ratios of steps that follow each other."""
    return float(np.median(np.divide(times[name], times[other])))


def summary(times):
    """Mean, median and mean of the slowest tenth, as a cell."""
    slowest = np.sort(times)[-max(1, len(times) // 10) :]
    each = (np.mean(times), np.median(times), np.mean(slowest))
    return " / ".join(f"{value:.1f}" for value in each)


def installed(*names):
    return [name for name in names if importlib.util.find_spec(name)]


def print_machine(*packages):
    versions = [
        f"{name} {importlib.metadata.version(name)}"
        for name in installed("keras", *packages)
    ]
    print(f"{cores()} cores, {platform.machine()}, {', '.join(versions)}")


def cores():
    """How many this process may run on, as `taskset` leaves them."""
    count = os.cpu_count()
    if not hasattr(os, "sched_getaffinity"):
        return count
    allowed = len(os.sched_getaffinity(0))
    return count if allowed == count else f"{allowed} of {count}"


def print_header(*columns):
    print(f"\n| {' | '.join(columns)} |\n{'|---' * len(columns)}|")


def answered(**measures):
    """Prints, in a child, what it is asked for; False in the parent."""
    name, *arguments = sys.argv[1:] or [None]
    if name not in measures:
        return False
    print(json.dumps(measures[name](*arguments)))
    return True


def in_child(script, backend, *arguments, **environment):
    """What `script` prints as JSON in a process with another backend."""
    child = subprocess.run(
        [sys.executable, script, *arguments],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": os.pathsep.join(
                [str(Path(script).resolve().parents[1])]
                + [each for each in [os.environ.get("PYTHONPATH")] if each]
            ),
            **environment,
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(child.stdout.splitlines()[-1])
