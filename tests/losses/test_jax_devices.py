"""Data parallelism on eight virtual devices equals one device."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest


@pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="keras.distribution is JAX's"
)
def test_trains_on_eight_devices_as_on_one():
    process = subprocess.run(
        [sys.executable, Path(__file__).parent / "jax_devices.py"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
        },
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout + process.stderr
