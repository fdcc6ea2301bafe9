"""Weights of Hugging Face's form, in several files or as a pickle."""

import json
import re
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_addons import models

safetensors = pytest.importorskip("safetensors.numpy")


@pytest.fixture
def model():
    return models.Bert(50, 2, 2, 8, 16, with_lm_head=True)


@pytest.fixture
def folder(model, tmp_path):
    """A checkpoint whose tensors lie by turns in two files."""
    model.save_checkpoint(tmp_path)
    whole = tmp_path / "model.safetensors"
    tensors = safetensors.load_file(whole)
    whole.unlink()
    shards = ["model-00001-of-00002.safetensors", "model-2.safetensors"]
    places = {name: shards[i % 2] for i, name in enumerate(sorted(tensors))}
    for shard in shards:
        own = {name: tensors[name] for name in tensors if places[name] == shard}
        safetensors.save_file(own, tmp_path / shard)
    write_index(tmp_path, {"metadata": {}, "weight_map": places})
    return tmp_path


def write_index(folder, index):
    text = index if isinstance(index, str) else json.dumps(index)
    (folder / "model.safetensors.index.json").write_text(text)


def assert_same_weights(model, other):
    for ours, theirs in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(ours), keras.ops.convert_to_numpy(theirs)
        )


def test_tensors_in_several_files_are_read(model, folder):
    assert_same_weights(models.from_checkpoint(folder), model)


def test_what_transformers_wrote_in_several_files_is_read(tmp_path):
    transformers = pytest.importorskip("transformers")
    shape = {"vocab_size": 50, "hidden_size": 8, "intermediate_size": 16}
    config = transformers.BertConfig(
        **shape, num_hidden_layers=2, num_attention_heads=2
    )
    theirs = transformers.BertForMaskedLM(config)
    theirs.save_pretrained(tmp_path, max_shard_size="4KB")
    assert not (tmp_path / "model.safetensors").exists()
    ours = models.from_checkpoint(tmp_path, with_lm_head=True)
    bias = theirs.bert.encoder.layer[1].attention.self.query.weight
    block = ours.get_layer("block_1")
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(block.attention.query.kernel),
        bias.detach().numpy().T,
    )


def test_a_missing_shard_is_named(folder):
    (folder / "model-2.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="model-2.safetensors: no such"):
        models.from_checkpoint(folder)


def test_a_shard_without_its_tensor_is_named(folder):
    shard = folder / "model-2.safetensors"
    tensors = safetensors.load_file(shard)
    name = min(tensors)
    del tensors[name]
    safetensors.save_file(tensors, shard)
    with pytest.raises(ValueError) as error:
        models.from_checkpoint(folder)
    assert str(error.value).startswith(f"{shard}: tensor `{name}` is missing")


@pytest.mark.parametrize(
    "index",
    [
        "{",
        [],
        {},
        {"weight_map": []},
        {"weight_map": {"bert.pooler.dense.bias": 3}},
        {"weight_map": {"bert.pooler.dense.bias": "../model-2.safetensors"}},
    ],
    ids=str,
)
def test_an_index_that_is_none_is_named(folder, index):
    write_index(folder, index)
    with pytest.raises(ValueError, match="model.safetensors.index.json: ") as e:
        models.from_checkpoint(folder)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("num_files", [1, 2])
def test_the_advice_for_a_pickle_keeps_head_and_vocabulary(
    model, tmp_path, num_files
):
    torch = pytest.importorskip("torch")
    folder = tmp_path / "a folder"
    model.save_checkpoint(folder)
    (folder / "vocab.txt").write_text("[PAD]\n")
    whole = folder / "model.safetensors"
    tensors = {
        name: torch.tensor(array)
        for name, array in safetensors.load_file(whole).items()
    }
    whole.unlink()
    # transformers ties it, so that two names share one storage.
    tied = tensors["bert.embeddings.word_embeddings.weight"]
    tensors["cls.predictions.decoder.weight"] = tied
    names = ["pytorch_model.bin"]
    if num_files == 2:
        names = [f"pytorch_model-0000{i}-of-00002.bin" for i in (1, 2)]
    for number, name in enumerate(names):
        part = sorted(tensors)[number::num_files]
        torch.save({each: tensors[each] for each in part}, folder / name)
    with pytest.raises(FileNotFoundError, match="pickle") as error:
        models.from_checkpoint(folder)
    (program,) = re.findall(r'python -c "(.+)"', str(error.value))
    subprocess.run([sys.executable, "-c", program], check=True)
    assert_same_weights(models.from_checkpoint(folder), model)
    assert (folder / "vocab.txt").exists()
