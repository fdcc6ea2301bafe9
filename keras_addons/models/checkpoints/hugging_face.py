"""Checkpoints in Hugging Face's format: a config and safetensors."""

import json
import re
import shutil
from pathlib import Path

import numpy as np

from keras_addons.files import replacing
from keras_addons.models.checkpoints.checkpoint import Checkpoint
from keras_addons.models.checkpoints.safetensors_files import SafetensorsFolder
from keras_addons.models.checkpoints.safetensors_files import import_safetensors

ENDINGS = {
    "table": "weight",
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "bias": "bias",
}


class HuggingFaceCheckpoint(Checkpoint):
    """`config.json` and `model.safetensors`, in one file or several.

    Dense kernels are transposed. In files of a bare encoder the names lack
    the first part, such as `bert.`.
    """

    config_name = "config.json"
    owner = "Hugging Face"

    def open_tensors(self, folder):
        return SafetensorsFolder(folder)

    @staticmethod
    def names_of(name, root):
        module, ending = name.rsplit("/", 1)
        module = re.sub(r"/layer_(\d+)", r"/layer/\1", module)
        module = module.replace("/", ".")
        modules = [module]
        if module.startswith(f"{root}."):
            modules.append(module.removeprefix(f"{root}."))
        if name == "cls/predictions/bias":
            modules.append("cls.predictions.decoder")
        endings = [ENDINGS[ending]]
        if ending in ("gamma", "beta"):
            endings.append(ending)  # in files converted before 2019
        return [
            f"{module}.{ending}" for ending in endings for module in modules
        ]

    def from_file(self, name, value):
        return value.T if name.endswith("/kernel") else value

    @classmethod
    def to_file(cls, name, value, root):
        """Returns the name and the array as they are stored."""
        if name.rsplit("/", 1)[1] not in ENDINGS:
            raise ValueError(
                f"`{name}`: Hugging Face's format has no place for quantized "
                "weights. Use model.save()."
            )
        if name.endswith("/kernel"):
            value = value.T
        value = np.ascontiguousarray(value, dtype="float32")
        return cls.names_of(name, root)[0], value

    @classmethod
    def write(cls, folder, config, arrays, root, vocabulary_file=None):
        """Writes config, weights and vocabulary; each file complete or not.

        Args:
            folder: path. Files of the same names are replaced.
            config: dict.
            arrays: pairs of the family's name of a weight and its array.
            root: string, the `model_type`.
            vocabulary_file: None or the path of a `vocab.txt` to copy.
                Defaults to None.
        """
        folder = Path(folder)
        if vocabulary_file is not None and not Path(vocabulary_file).exists():
            raise FileNotFoundError(f"{vocabulary_file}: no such file.")
        tensors = dict(cls.to_file(*each, root) for each in arrays)
        folder.mkdir(parents=True, exist_ok=True)
        save_file = import_safetensors().numpy.save_file
        with replacing(folder / "model.safetensors") as temporary:
            save_file(tensors, temporary, metadata={"format": "pt"})
        if vocabulary_file is not None:
            with replacing(folder / "vocab.txt") as temporary:
                shutil.copyfile(vocabulary_file, temporary)
        with replacing(folder / cls.config_name) as temporary:
            text = json.dumps(config, indent=2) + "\n"
            temporary.write_text(text, encoding="utf8")
