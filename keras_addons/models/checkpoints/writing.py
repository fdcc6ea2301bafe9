"""Writes a model as a folder of Hugging Face's form."""

import json
import shutil
from pathlib import Path

import keras
import numpy as np

from keras_addons.files import replacing
from keras_addons.models.checkpoints import names
from keras_addons.models.checkpoints.config import config_from_architecture
from keras_addons.models.checkpoints.safetensors_files import import_safetensors
from keras_addons.ops.rotary import rotary_angles


def write_checkpoint(model, folder, vocabulary_file=None, pooling=None):
    """Writes config, weights and vocabulary, each whole or not at all."""
    folder = Path(folder)
    if vocabulary_file is not None and not Path(vocabulary_file).exists():
        raise FileNotFoundError(f"{vocabulary_file}: no such file.")
    config = config_from_architecture(
        model.architecture, model.model_type, hugging_face_class(model)
    )
    if pooling is not None:
        config["keras_addons"]["pooling"] = pooling
    tensors = named_tensors(model)
    folder.mkdir(parents=True, exist_ok=True)
    save_file = import_safetensors().numpy.save_file
    with replacing(folder / "model.safetensors") as temporary:
        save_file(tensors, temporary, metadata={"format": "pt"})
    if vocabulary_file is not None:
        with replacing(folder / "vocab.txt") as temporary:
            shutil.copyfile(vocabulary_file, temporary)
    with replacing(folder / "config.json") as temporary:
        text = json.dumps(config, indent=2) + "\n"
        temporary.write_text(text, encoding="utf8")


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
