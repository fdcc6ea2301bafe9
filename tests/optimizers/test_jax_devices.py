"""Data and model parallelism on eight virtual devices equal one device."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.optimizers.training import BACKEND

if BACKEND != "jax":
    pytest.skip("keras.distribution is JAX's", allow_module_level=True)


def train(folder):
    flags = "--xla_force_host_platform_device_count=8"
    return subprocess.run(
        [sys.executable, Path(__file__).parent / "jax_devices.py"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} {flags}",
        },
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.beside(runs=train)
def test_eight_devices_equal_one(beside):
    assert beside.returncode == 0, beside.stdout + beside.stderr
