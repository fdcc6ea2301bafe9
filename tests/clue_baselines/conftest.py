"""A small data folder in CLUE's form."""

import json
from functools import partialmethod

import keras
import pytest

from clue_baselines.harness.sample_data import news_titles
from clue_baselines.harness.sample_data import question_pairs
from keras_addons.models import architecture

PARTS = {"train": (96, 0), "dev": (32, 1), "test": (10, 2)}
SMALLEST = (1, 2, 16, 32)


@pytest.fixture(autouse=True, scope="module")
def tiny_is_smaller():
    """Most of these tests' time is the compilation of the model."""
    before = architecture.SIZES["tiny"]
    architecture.SIZES["tiny"] = SMALLEST
    yield
    architecture.SIZES["tiny"] = before


@pytest.fixture(scope="module")
def without_tracing():
    """TensorFlow traces these few steps for longer than it runs them.

    Not for `test_run.py`, which shows that they can be traced.
    """
    compile_model = keras.Model.compile
    if keras.backend.backend() == "tensorflow":
        keras.Model.compile = partialmethod(compile_model, run_eagerly=True)
    yield
    keras.Model.compile = compile_model


def write_json_lines(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")


@pytest.fixture(scope="session")
def clue(tmp_path_factory):
    """Folder with tnews/ and afqmc/, to be read only."""
    folder = tmp_path_factory.mktemp("clue")
    for part, (count, seed) in PARTS.items():
        for name, make in (("tnews", news_titles), ("afqmc", question_pairs)):
            records = make(count, seed)
            if part == "test":
                for record in records:
                    del record["label"]
            write_json_lines(folder / name / f"{part}.json", records)
    return folder
