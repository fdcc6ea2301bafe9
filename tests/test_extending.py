"""Every class of docs/extending.md is built from the page and works."""

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest

from clue_baselines.harness import record_job
from clue_baselines.harness.run import main
from keras_addons import models
from keras_addons.models.checkpoints.checkpoint import FORMATS
from keras_addons.models.families.registry import FAMILIES
from tests.checks import check_config_round_trip
from tests.documents import DOCS
from tests.documents import programs
from tests.documents import run

ROOT = Path(__file__).parents[1]
HEADINGS = {
    "An optimizer wrapper": "Grokfast",
    "A layer": "LayerScale",
    "A loss": "Uniformity",
    "A model family": "Electra",
    "A checkpoint format": "NumpyFolder",
    "A CLUE task": "task",
}
FAST = ["--batch-size=8", "--learning-rate=0.01"]  # for a tiny model
PAGE = (DOCS / "extending.md").read_text(encoding="utf8")


def built(heading):
    """The class of a section."""
    (program,) = programs("extending.md", heading)
    return run(program, "docs/extending.md")[HEADINGS[heading]]


@pytest.fixture
def families_and_formats():
    """Takes back what the page registers."""
    before = dict(FAMILIES), dict(FORMATS)
    yield
    for registry, entries in zip((FAMILIES, FORMATS), before):
        registry.clear()
        registry.update(entries)


@pytest.mark.usefixtures("tiny_is_smaller")
def test_the_task_of_the_page(tmp_path, monkeypatch):
    task = built("A CLUE task")
    parts = {"train": (64, 0), "dev": (16, 1), "test": (8, 2)}
    monkeypatch.setattr(record_job, "SAMPLE_PARTS", parts)
    arguments = ["--output-dir", str(tmp_path), "--epochs=5", *FAST]
    metrics = main(task, arguments)
    assert metrics["dev_accuracy"] > 0.9
    assert (tmp_path / "reviews/reviews_predict.json").exists()


def test_every_program_of_the_page_is_built_here_and_is_short():
    assert PAGE.count("```python") == len(HEADINGS)
    for heading in HEADINGS:
        (program,) = programs("extending.md", heading)
        assert len([line for line in program.splitlines() if line]) < 25


def test_the_wrapper_of_the_page(tmp_path):
    wrapper = built("An optimizer wrapper")
    # Averages of the gradient 1: 0.5, then 0.75; steps 1 + 2 * average.
    optimizer = wrapper(keras.optimizers.SGD(1.0), momentum=0.5)
    weight = keras.Variable([0.0])
    for expected in (-2.0, -2.0 - 2.5):
        optimizer.apply([keras.ops.ones(1)], [weight])
        assert float(weight.numpy()[0]) == expected
    check_config_round_trip(wrapper("adam", momentum=0.9))
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(wrapper("adam"), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for one, other in zip(
        loaded.optimizer.variables, model.optimizer.variables
    ):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_the_layer_of_the_page():
    layer = check_config_round_trip(built("A layer")(initial_scale=0.5))
    scaled = layer(np.array([[2.0, 4.0]], "float32"))
    assert keras.ops.convert_to_numpy(scaled).tolist() == [[1.0, 2.0]]
    assert layer.compute_output_shape((None, 3)) == (None, 3)


def test_the_loss_of_the_page():
    loss = check_config_round_trip(built("A loss")())
    # Pairs of squared distances 2, 2 and 4: exp(-4), exp(-4) and exp(-8).
    vectors = np.array([[3.0, 0.0], [0.0, 1.0], [0.0, -2.0]], "float32")
    distances = np.array([2, 2, 4])
    assert float(loss(None, vectors)) == pytest.approx(
        np.log(np.mean(np.exp(-2 * distances))), rel=1e-5
    )
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.compile("adam", loss)
    history = model.fit(vectors, np.zeros(3), verbose=0).history
    assert np.isfinite(history["loss"]).all()


def small(family, **options):
    return family(50, 2, 2, 8, 16, **options)


def assert_same_outputs(model, other):
    inputs = {
        "token_ids": np.array([[2, 7, 8, 3, 0]]),
        "segment_ids": np.array([[0, 0, 1, 1, 0]]),
    }
    outputs, others = (
        each(inputs)["sequence_output"] for each in (model, other)
    )
    np.testing.assert_array_equal(
        *map(keras.ops.convert_to_numpy, (outputs, others))
    )


def test_the_family_of_the_page(families_and_formats, tmp_path):
    pytest.importorskip("safetensors")
    family = built("A model family")
    model = small(family, embedding_dim=4)
    model.save_checkpoint(tmp_path)
    copy = models.from_checkpoint(tmp_path)
    assert type(copy) is family
    assert_same_outputs(copy, model)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("embedding_size", [4, 8])
def test_the_family_of_the_page_is_the_one_of_transformers(
    embedding_size, families_and_formats, tmp_path
):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    config = transformers.ElectraConfig(
        vocab_size=50,
        num_hidden_layers=2,
        num_attention_heads=2,
        hidden_size=8,
        intermediate_size=16,
        embedding_size=embedding_size,
    )
    theirs = transformers.ElectraModel(config).eval()
    theirs.save_pretrained(tmp_path / "theirs")
    built("A model family")
    ours = models.from_checkpoint(tmp_path / "theirs")
    ours.save_checkpoint(tmp_path / "ours")
    again = transformers.ElectraModel.from_pretrained(tmp_path / "ours").eval()
    tokens = np.array([[5, 8, 9, 40, 7, 2]])
    outputs = ours({"token_ids": tokens, "segment_ids": 0 * tokens})
    features = keras.ops.convert_to_numpy(outputs["sequence_output"])
    for model in (theirs, again):
        with torch.no_grad():
            expected = model(torch.tensor(tokens)).last_hidden_state
        np.testing.assert_allclose(features, expected.numpy(), atol=1e-5)


def test_the_format_of_the_page(families_and_formats, tmp_path):
    built("A checkpoint format")
    model = small(models.RoFormer)
    keys = model.keys_to_write().items()
    config = {key: getattr(model.architecture, field) for field, key in keys}
    config["model_type"] = "roformer"
    (tmp_path / "numpy_config.json").write_text(json.dumps(config))
    named = model.weight_names(model.parts, "roformer")
    arrays = {name.replace("/", "."): each.numpy() for name, each in named}
    np.savez(tmp_path / "weights.npz", **arrays)
    assert_same_outputs(models.from_checkpoint(tmp_path), model)


def test_the_page_names_every_declaration_of_the_backends():
    _, section = PAGE.split("\n## A backend\n")
    files = {path.name for path in (ROOT / "keras_addons/backend").glob("*.py")}
    named = set(re.findall(r"^\| `(\w+\.py)` \|", section, re.MULTILINE))
    assert named == files - {"__init__.py", "dispatch.py"}
    assert "tests/backend/test_contract.py" in section


def test_files_that_the_page_names_are_there():
    news = ("grokfast", "layer_scale", "uniformity", "electra", "numpy_folder")
    paths = set(re.findall(r"`((?:keras_addons|tests|docs)/[\w/.]+)`", PAGE))
    old = {path for path in paths if not any(new in path for new in news)}
    old -= {path for path in old if "NAME" in path or "ROOM" in path}
    assert len(old) > 10
    assert [path for path in sorted(old) if not (ROOT / path).exists()] == []
