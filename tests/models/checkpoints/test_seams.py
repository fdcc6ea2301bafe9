"""A new family is one class, a new format of checkpoints is one class."""

import dataclasses
import json

import keras
import numpy as np
import pytest

from keras_addons import models
from keras_addons.models import Checkpoint
from keras_addons.models import Transformer
from keras_addons.models.checkpoints.checkpoint import FORMATS
from keras_addons.models.families.bert_config import BERT_KEYS
from keras_addons.models.families.registry import FAMILIES

safetensors = pytest.importorskip("safetensors.numpy")

INPUTS = {
    "token_ids": np.array([[2, 7, 8, 3, 0]]),
    "segment_ids": np.array([[0, 0, 1, 1, 0]]),
}


def toy_names(parts, root):
    """Names that are nobody else's."""
    yield f"{root}/words/table", parts.embed.token.embeddings
    yield f"{root}/turns/table", parts.embed.segment.table
    for number, layer in enumerate([parts.embed.norm, *parts.blocks]):
        for place, weight in enumerate(layer.weights):
            ending = weight.path.rsplit("/", 1)[1]
            yield f"{root}/rooms/{number}/{place}/{ending}", weight


@pytest.fixture
def toy():
    """A family with names and a key of its own, while the test runs."""

    class Toy(Transformer):
        model_type = "toy"
        positions = "rotary"
        weight_names = staticmethod(toy_names)
        recognized_by = "toy/words/table"
        config_keys = dataclasses.replace(
            BERT_KEYS,
            required={**BERT_KEYS.required, "num_layers": "depth"},
        )

    yield Toy
    del FAMILIES["toy"]


def small(family, **options):
    return family(50, 2, 2, 8, 16, **options)


def assert_same_outputs(model, other):
    np.testing.assert_array_equal(
        *(
            keras.ops.convert_to_numpy(each(INPUTS)["sequence_output"])
            for each in (model, other)
        )
    )


def test_a_new_family_is_one_class(toy, tmp_path):
    model = small(toy)
    model.save_checkpoint(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["depth"] == 2 and config["architectures"] == ["ToyModel"]
    tensors = safetensors.load_file(tmp_path / "model.safetensors")
    assert "toy.words.weight" in tensors and len(tensors) == 2 + 2 + 2 * 16
    copy = models.from_checkpoint(tmp_path)
    assert type(copy) is toy
    assert_same_outputs(copy, model)


def test_a_weight_without_a_name_is_no_weight_that_is_forgotten(toy, tmp_path):
    model = small(toy, pooler="tanh")
    with pytest.raises(ValueError, match="Toy has no name for `pooler/kernel`"):
        model.save_checkpoint(tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.fixture
def archives():
    """A format of its own, while the test runs."""

    class Archive(Checkpoint):
        """`about.json` and `arrays.npz`, names with colons."""

        config_name = "about.json"
        owner = "nobody"
        names_families = False

        def open_tensors(self, folder):
            self.path = folder / "arrays.npz"
            with np.load(self.path) as file:
                self.content = dict(file)
            return self

        def keys(self):
            return self.content.keys()

        def read(self, name):
            return self.content[name]

        @staticmethod
        def names_of(name, root):
            return [name.replace("/", ":")]

    yield Archive
    del FORMATS["about.json"]


def written_as_archive(model, folder):
    """By the names that the family gives, whichever it is."""
    keys = model.keys_to_write()
    config = {k: getattr(model.architecture, f) for f, k in keys.items()}
    (folder / "about.json").write_text(json.dumps(config))
    arrays = {
        name.replace("/", ":"): keras.ops.convert_to_numpy(weight)
        for name, weight in model.weight_names(model.parts, model.model_type)
    }
    np.savez(folder / "arrays.npz", **arrays)


def test_a_new_format_is_one_class(archives, toy, tmp_path):
    for family in (models.Bert, models.RoFormer, toy):
        folder = tmp_path / family.model_type
        folder.mkdir()
        model = small(family)
        written_as_archive(model, folder)
        assert_same_outputs(family.from_checkpoint(folder), model)


def test_a_tensor_of_its_own_tells_the_family(archives, toy, tmp_path):
    for family in (models.Bert, toy):
        folder = tmp_path / family.model_type
        folder.mkdir()
        written_as_archive(small(family), folder)
        assert type(models.from_checkpoint(folder)) is family
    (tmp_path / "other").mkdir()
    written_as_archive(small(models.RoFormer), tmp_path / "other")
    with pytest.raises(ValueError, match="does not say of which family"):
        models.from_checkpoint(tmp_path / "other")


def test_every_format_is_named_where_none_is_there(archives, tmp_path):
    with pytest.raises(FileNotFoundError, match="nor about.json .nobody. is"):
        models.from_checkpoint(tmp_path)
