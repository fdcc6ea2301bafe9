"""Reads the weights of a model from a folder."""

import re
from pathlib import Path

import numpy as np

from keras_addons.models.checkpoints import names
from keras_addons.models.checkpoints.config import options_from_config
from keras_addons.models.checkpoints.config import read_config
from keras_addons.models.checkpoints.safetensors_files import SafetensorsFolder
from keras_addons.models.checkpoints.tensor_bundle import TensorBundle


class Checkpoint:
    """A folder with a config and named tensors.

    Recognizes Hugging Face's form by `config.json` and Google's by
    `bert_config.json`.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ValueError: a file does not hold what it should.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise FileNotFoundError(f"{folder}: no such folder.")
        self.is_google = not (self.folder / "config.json").exists()
        name = "bert_config.json" if self.is_google else "config.json"
        self.config_path = self.folder / name
        if not self.config_path.exists():
            raise FileNotFoundError(
                f"{folder}: neither config.json (Hugging Face) nor "
                "bert_config.json (Google) is there."
            )
        self.config = read_config(self.config_path)
        reader = TensorBundleFile if self.is_google else SafetensorsFolder
        self.tensors = reader(self.folder)

    @property
    def model_type(self):
        """Name of the family, or None: Google's form need not say it.

        There a table of learned positions makes it a BERT. Without one it
        may be a RoFormer, a NEZHA or another.
        """
        if "model_type" in self.config or not self.is_google:
            return self.config.get("model_type")
        learned = names.google_names("position_embedding/table")[0]
        return "bert" if learned in self.tensors.keys() else None

    def ask_for_family(self):
        """Raises; where the config holds what no family can, with that."""
        self.options()
        raise ValueError(
            f"{self.config_path}: does not say of which family the model is. "
            'If you know it, add "model_type": "bert" or "model_type": '
            '"roformer" to the file, or call models.Bert.from_checkpoint or '
            "models.RoFormer.from_checkpoint."
        )

    def options(self):
        """The constructor's arguments for a model of this shape."""
        return options_from_config(self.config, self.config_path)

    def load_into(self, model):
        """Assigns every weight of `model`, or none."""
        if self.is_google:
            self.raise_if_tensors_have_no_place(model)
        values = [self.value(model, weight) for weight in model.weights]
        for weight, value in zip(model.weights, values):
            weight.assign(value)

    def raise_if_tensors_have_no_place(self, model):
        """What the encoder of `model` would compute without them is wrong.

        Further blocks and what an optimizer kept of a known tensor do no harm.
        """
        places = {
            without_numbers(name)
            for weight in model.weights
            for name in names.google_names(weight.path)
        }
        for name in self.tensors.keys():
            if not name.startswith(("bert/embeddings/", "bert/encoder/")):
                continue
            generic = without_numbers(name)
            if generic not in places and (
                generic.rsplit("/", 1)[0] not in places
            ):
                raise ValueError(
                    f"{self.tensors.path}: tensor `{name}` has no place in "
                    f"a {type(model).__name__}: the checkpoint is of another "
                    "family."
                )

    def value(self, model, weight):
        """The array for `weight`, its shape checked."""
        to_names = (
            names.google_names if self.is_google else names.hugging_face_names
        )
        wanted = to_names(weight.path, model.model_type)
        found = [name for name in wanted if name in self.tensors.keys()]
        if not found:
            raise ValueError(
                f"{self.tensors.path}: tensor `{wanted[0]}` is missing "
                f"(expected shape: {tuple(weight.shape)})."
            )
        value = self.tensors.read(found[0])
        if not self.is_google and names.transposed(weight.path):
            value = value.T
        if value.shape != tuple(weight.shape):
            raise ValueError(
                f"{self.tensors.path}: tensor `{found[0]}` has another "
                f"shape. Expected: {tuple(weight.shape)}, "
                f"found: {value.shape}"
            )
        return np.asarray(value, dtype="float32")


def without_numbers(name):
    return re.sub(r"/layer_\d+/", "/layer/", name)


class TensorBundleFile(TensorBundle):
    """The one TensorFlow checkpoint in a folder."""

    def __init__(self, folder):
        indices = sorted(folder.glob("*.index"))
        usual = folder / "bert_model.ckpt.index"
        if not indices:
            raise FileNotFoundError(f"{usual}: no such file.")
        if len(indices) > 1 and usual not in indices:
            raise ValueError(f"{folder}: several *.index files; keep one.")
        index = usual if usual in indices else indices[0]
        super().__init__(str(index).removesuffix(".index"))
