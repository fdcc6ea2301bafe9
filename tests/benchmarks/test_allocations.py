"""A tensor counts as many bytes as it has, and a freed one none."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
# Each line of `held` is what the process holds beyond the start.
CHILD = """
import json
import numpy as np
from keras import ops
from allocations import allocated_bytes, peak_allocated_bytes
from keras_addons.optimizers import AdaFactor
from optimizer_state import keras_step

def ones(num_megabytes):
    return ops.ones((num_megabytes, 250_000))

def done(tensor):  # JAX computes while Python goes on
    ops.convert_to_numpy(tensor[-1, :1])
    return tensor

[done(ones(size) + 1.0) for size in range(1, 9)]  # compiled, and freed
done(ones(100) + 1.0)
start = allocated_bytes()
held = {}

def note(name):
    held[name] = (allocated_bytes() - start) / 1e6

large = done(ones(100))
note("one of 100")
large = [done(ones(size)) for size in range(1, 9)]
note("1 to 8")
del large
note("freed")

def wait_for_freed(until):  # JAX frees when a thread of its own gets there
    for _ in range(40):
        if allocated_bytes() < until:
            break

def step():
    before = allocated_bytes()
    first = done(ones(20))  # 20
    second = done(first + 1.0)  # 40
    del first
    wait_for_freed(until=before + 21e6)
    done(second[:10] * 2.0)  # 30, and on some backends 10 for the slice

held["peak of a step"] = peak_allocated_bytes(step) / 1e6
del step
step, _ = keras_step(AdaFactor(), 3 * [(8192, 768)], jit_compile=False)
held["peak of AdaFactor"] = peak_allocated_bytes(step) / 1e6
print(json.dumps(held))
"""

needs_compiler = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None,
    reason="counting needs Linux and a C compiler",
)


@pytest.fixture(scope="module")
def allocations():
    spec = importlib.util.spec_from_file_location(
        "allocations", FOLDER / "allocations.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def megabytes(allocations):
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        env={
            **os.environ,
            **allocations.counting(),
            "PYTHONPATH": f"{FOLDER}{os.pathsep}{Path(__file__).parents[2]}",
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(child.stdout.splitlines()[-1])


@needs_compiler
def test_a_tensor_counts_its_bytes(megabytes):
    assert megabytes["one of 100"] == pytest.approx(100, abs=1)


@needs_compiler
def test_tensors_of_many_sizes_count_their_sum(megabytes):
    # 1 + 2 + ... + 8 = 36; the tensor of 100 MB was freed by then.
    assert megabytes["1 to 8"] == pytest.approx(36, abs=1)


@needs_compiler
def test_a_freed_tensor_counts_no_more(megabytes):
    assert megabytes["freed"] == pytest.approx(0, abs=1)


@needs_compiler
def test_the_peak_is_of_tensors_alive_at_once(megabytes):
    # Two tensors of 20 MB, though one of 100 was freed: no pool has it.
    assert megabytes["peak of a step"] == pytest.approx(40, abs=1)


@needs_compiler
def test_adafactor_allocates_a_copy_of_one_of_three_weights(megabytes):
    # 4 * 8192 * 768 = 25.2 MB; the rest are rows, columns and a block or two.
    assert megabytes["peak of AdaFactor"] < 1.5 * 25.2


def test_without_a_compiler_it_says_what_is_needed(allocations, monkeypatch):
    monkeypatch.setenv("PATH", "")
    allocations.counting.cache_clear()
    with pytest.raises(SystemExit, match="needs a C compiler"):
        allocations.counting()


def test_a_process_that_is_not_counted_says_so(allocations):
    with pytest.raises(SystemExit, match="are not counted"):
        allocations.allocated_bytes()
