"""Fixtures that every test may use; tests that wait for processes run last."""

import gc
from concurrent.futures import ThreadPoolExecutor
from functools import partialmethod

import keras
import pytest

from keras_addons.models import architecture
from tests.archive import Archive

SMALLEST = (1, 2, 16, 32)

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
    from tensorflow.python.eager import context

    # Seeding would drop all kernels, so that each test makes its own.
    context.pywrap_tfe.TFE_ContextClearCaches = lambda handle: None

    # Two devices for tf.distribute; all else runs on the first.
    (cpu,) = tf.config.list_physical_devices("CPU")
    half = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [half, half])


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "beside(runs): `runs(folder)`, which waits for processes, is called "
        "beside the tests before; the fixture `beside` is its answer.",
    )


def pytest_collection_modifyitems(items):
    def waits(item):
        if "test_fresh_process" in item.nodeid:
            return 2
        return 1 if item.get_closest_marker("beside") else 0

    items.sort(key=waits)


@pytest.fixture(scope="module", autouse=True)
def nothing_old_is_searched_for_garbage():
    """What is imported, and what others keep in caches, is never garbage.

    Keras looks for garbage at each layer that it quantizes.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def running_beside(request, tmp_path_factory):
    """What the selected tests are marked with, one after the other."""
    functions = [
        mark.kwargs["runs"]
        for item in request.session.items
        for mark in item.iter_markers("beside")
    ]
    with ThreadPoolExecutor(1) as pool:
        yield {
            function: pool.submit(function, tmp_path_factory.mktemp("beside"))
            for function in functions
        }
        pool.shutdown(cancel_futures=True)


@pytest.fixture
def beside(request, running_beside):
    mark = request.node.get_closest_marker("beside")
    return running_beside[mark.kwargs["runs"]].result()


@pytest.fixture(scope="module")
def without_tracing():
    """TensorFlow traces some models for longer than it runs their few steps.

    For tests of what comes before and after the step. That the steps can be
    traced is for others to show.
    """
    compile_model = keras.Model.compile
    if keras.backend.backend() == "tensorflow":
        keras.Model.compile = partialmethod(compile_model, run_eagerly=True)
    yield
    keras.Model.compile = compile_model


@pytest.fixture(scope="module")
def tiny_is_smaller():
    """A size that a compiler is done with sooner."""
    before = architecture.SIZES["tiny"]
    architecture.SIZES["tiny"] = SMALLEST
    yield
    architecture.SIZES["tiny"] = before


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
