"""Data parallelism on eight virtual devices equals one device."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

if keras.backend.backend() != "jax":
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
def test_trains_on_eight_devices_as_on_one(beside):
    assert beside.returncode == 0, beside.stdout + beside.stderr
