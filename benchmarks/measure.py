"""Timing that a noisy machine does not fool, memory, and tables of both."""

import ctypes
import gc
import importlib.metadata
import importlib.util
import json
import os
import platform
import resource
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


def resident_bytes():
    """What the process holds, without what it has freed."""
    gc.collect()
    time.sleep(0.5)  # JAX frees in threads of its own
    ctypes.CDLL(None).malloc_trim(0)
    num_pages = int(Path("/proc/self/statm").read_text().split()[1])
    return num_pages * resource.getpagesize()


def peak_bytes(step, baseline=None, num_steps=2):
    """What a step needs beyond `baseline` resident bytes. Linux only.

    After some steps the kernel's high-water mark is reset, so that compiling
    does not count, and read after as many more. Without a baseline it is what
    the process holds between the steps, compiled programs included.
    """
    for _ in range(num_steps):
        step()
    between = resident_bytes()
    if baseline is None:
        baseline = between
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(num_steps):
        step()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return 1024 * usage.ru_maxrss - baseline


def installed(*names):
    return [name for name in names if importlib.util.find_spec(name)]


def print_machine(*packages):
    versions = [
        f"{name} {importlib.metadata.version(name)}"
        for name in installed("keras", *packages)
    ]
    print(
        f"{os.cpu_count()} cores, {platform.machine()}, {', '.join(versions)}"
    )


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
