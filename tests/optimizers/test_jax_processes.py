"""Two JAX processes that train together equal one alone."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.optimizers.training import BACKEND


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.skipif(BACKEND != "jax", reason="keras.distribution is JAX's")
def test_two_processes_equal_one():
    program = Path(__file__).parent / "jax_processes.py"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "COORDINATOR": f"127.0.0.1:{free_port()}",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, program],
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
    assert [each.returncode for each in processes] == [0, 0], reports
