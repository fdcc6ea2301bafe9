"""Two JAX processes that train together equal one alone."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.optimizers.training import BACKEND

if BACKEND != "jax":
    pytest.skip("keras.distribution is JAX's", allow_module_level=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def train(folder):
    program = Path(__file__).parent / "jax_processes.py"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COORDINATOR": f"127.0.0.1:{free_port()}",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, program],
            cwd=folder,
            env={**environment, "PROCESS_ID": str(number)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(2)
    ]
    try:
        reports = [each.communicate(timeout=300)[0] for each in processes]
    finally:
        for process in processes:
            process.kill()
    return [each.returncode for each in processes], reports


@pytest.mark.beside(runs=train)
def test_two_processes_equal_one(beside):
    statuses, reports = beside
    assert statuses == [0, 0], reports
