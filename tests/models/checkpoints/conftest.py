"""A checkpoint of Google's format, for several files of tests."""

import json

import numpy as np
import pytest

from tests.models.checkpoints.google_files import CONFIG
from tests.models.checkpoints.google_files import google_shapes
from tests.models.checkpoints.google_files import save


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {
        name: rng.normal(size=shape).astype("float32") / 3
        for name, shape in google_shapes().items()
    }


@pytest.fixture
def folder(tmp_path, arrays):
    (tmp_path / "bert_config.json").write_text(json.dumps(CONFIG))
    save(tmp_path / "bert_model.ckpt", arrays)
    return tmp_path
