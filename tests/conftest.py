"""Fixtures that every test may use; the fresh-process test runs last."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import pytest

from tests.archive import Archive

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    # Two devices for tf.distribute; all else runs on the first.
    (cpu,) = tf.config.list_physical_devices("CPU")
    half = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [half, half])


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: "test_fresh_process" in item.nodeid)


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    """Saved models that one fresh process loads."""
    archive = Archive(tmp_path_factory.mktemp("archive"))
    yield archive
    if archive.process is not None and archive.process.returncode is None:
        archive.process.kill()  # the test that reads it was not selected
        archive.process.communicate()


@pytest.fixture(autouse=True)
def reproducible():
    keras.utils.set_random_seed(7)
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy("float32")
