"""Everything the other tests saved loads where only the package is known."""

import pytest


def test_saved_models_load_after_importing_keras_addons_alone(archive):
    if not archive.count:
        pytest.skip("no test of this run saved a model")
    assert archive.failures() == []
