"""Writes a model as a folder of Hugging Face's form."""

import json
import os
import shutil
from pathlib import Path

import keras
import numpy as np

from keras_addons.models.checkpoints import names
from keras_addons.models.checkpoints.config import config_from_architecture
from keras_addons.models.checkpoints.safetensors_files import import_safetensors
from keras_addons.ops.rotary import rotary_angles


def write_checkpoint(model, folder, vocabulary_file=None):
    """Writes config, weights and vocabulary, each whole or not at all."""
    folder = Path(folder)
    if vocabulary_file is not None and not Path(vocabulary_file).exists():
        raise FileNotFoundError(f"{vocabulary_file}: no such file.")
    config = config_from_architecture(
        model.architecture, model.model_type, hugging_face_class(model)
    )
    tensors = named_tensors(model)
    folder.mkdir(parents=True, exist_ok=True)
    save_file = import_safetensors().numpy.save_file
    replace(
        folder / "model.safetensors",
        lambda path: save_file(tensors, path, metadata={"format": "pt"}),
    )
    if vocabulary_file is not None:
        replace(
            folder / "vocab.txt",
            lambda path: shutil.copyfile(vocabulary_file, path),
        )
    text = json.dumps(config, indent=2) + "\n"
    replace(
        folder / "config.json",
        lambda path: path.write_text(text, encoding="utf8"),
    )


def replace(path, write):
    """Writes beside `path` and renames, so that no half file has its name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def named_tensors(model):
    """Every weight as Hugging Face calls and stores it."""
    tensors = {}
    for weight in model.weights:
        if weight.path.rsplit("/", 1)[1] not in names.HUGGING_FACE_ENDINGS:
            raise ValueError(
                f"`{weight.path}`: Hugging Face's form has no place for what "
                "is quantized. Use model.save()."
            )
        name = names.hugging_face_names(weight.path, model.model_type)[0]
        value = keras.ops.convert_to_numpy(weight)
        if names.transposed(weight.path):
            value = value.T
        tensors[name] = np.ascontiguousarray(value, dtype="float32")
    if model.model_type == "roformer":
        name = "roformer.encoder.embed_positions.weight"
        tensors[name] = sines_then_cosines(model.architecture)
    return tensors


def sines_then_cosines(architecture):
    """The table of angles that Hugging Face's RoFormer keeps as a weight."""
    size = architecture.hidden_dim // architecture.num_heads
    angles = rotary_angles(np.arange(architecture.max_length), size)
    angles = keras.ops.convert_to_numpy(angles)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=-1)


def hugging_face_class(model):
    family = {"bert": "Bert", "roformer": "RoFormer"}[model.model_type]
    head = "ForMaskedLM" if model.architecture.with_lm_head else "Model"
    return family + head
