"""Every call and every program of the documents is run."""

import re
import runpy

import keras
import pytest

from keras_addons import callbacks
from keras_addons import layers
from keras_addons import losses
from keras_addons import models
from keras_addons import optimizers
from keras_addons import retrieval
from keras_addons import text
from tests.documents import DOCS
from tests.documents import programs
from tests.documents import run

BACKEND = keras.backend.backend()
# Those for JAX are run where there are devices, or processes, for them.
PROGRAMS = {
    "TensorFlow: several devices of one host": 1,  # below
    "JAX: several devices of one process": 2,  # optimizers/jax_devices.py
    "JAX: several processes or hosts": 1,  # optimizers/jax_processes.py
}


def calls(name):
    """The code in the last column of the tables of a document."""
    for line in (DOCS / name).read_text(encoding="utf8").splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield from re.findall(r"`([^`]+)`", line.split("|")[-2])


@pytest.fixture(scope="module")
def names():
    tokenizer = text.Tokenizer.from_texts(["你好"])
    return {
        "keras": keras,
        "callbacks": callbacks,
        "layers": layers,
        "losses": losses,
        "models": models,
        "optimizers": optimizers,
        "retrieval": retrieval,
        "text": text,
        "encoder": models.RoFormer(10, 2, 2, 8, 16),
        "unilm": models.RoFormer(
            10, 2, 2, 8, 16, attention="unilm", with_lm_head=True
        ),
        "tokenizer": tokenizer,
        "encodings": tokenizer.encode_batch(["你好", "好"]),
        "tags": [[0, 1, 2, 0], [0, 1, 0]],
    }


@pytest.mark.parametrize("call", sorted(set(calls("migration.md"))))
def test_calls_of_the_migration_table_work(call, names):
    assert eval(call, {**names, "adam": keras.optimizers.Adam()}) is not None


def test_there_is_no_program_that_nobody_runs():
    document = (DOCS / "distribution.md").read_text(encoding="utf8")
    assert document.count("```") == 2 * sum(PROGRAMS.values())
    for heading, number in PROGRAMS.items():
        assert len(programs("distribution.md", heading)) == number


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a program for TensorFlow")
def test_the_program_for_mirrored_strategy_works(monkeypatch):
    import tensorflow as tf

    from tests.strategies import mirrored_strategy

    # The one of this process; without an argument it takes all GPUs.
    strategy = mirrored_strategy()
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda: strategy)
    (program,) = programs("distribution.md", [*PROGRAMS][0])
    names = run(program, "docs/distribution.md")
    # 64 examples are 8 micro-batches, 4 an update.
    assert names["model"].optimizer.iterations.numpy() == 2
    assert names["strategy"].num_replicas_in_sync == 2


def test_the_catalogue_has_every_public_name_with_its_source():
    catalogue = runpy.run_path(str(DOCS / "catalogue.py"))
    written = (DOCS / "layers.md").read_text(encoding="utf8")
    assert written == catalogue["page"](), "run python docs/catalogue.py"
    for package in catalogue["PACKAGES"]:
        for _, name in catalogue["exports"](package):
            assert f"| `{name}` |" in written or name == "schedules"
