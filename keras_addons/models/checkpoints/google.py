"""Checkpoints in Google's format: a config and a TensorFlow checkpoint."""

import re

from keras_addons.models.checkpoints.checkpoint import Checkpoint
from keras_addons.models.checkpoints.tensor_bundle import TensorBundle

# Patterns in the names of `families/bert_names.py` -> Google's names.
REPLACED = {
    r"/table$": "",
    r"^cls/predictions/bias$": "cls/predictions/output_bias",
    r"^bert/embeddings_project/": "bert/encoder/embedding_hidden_mapping_in/",
}


class GoogleCheckpoint(Checkpoint):
    """`bert_config.json` and `bert_model.ckpt.*`, or the only `*.index`.

    bert4keras writes this format too. The names of all families' weights
    start with `bert/`, and the config need not name the family.
    """

    config_name = "bert_config.json"
    owner = "Google"
    names_families = False

    def open_tensors(self, folder):
        indices = sorted(folder.glob("*.index"))
        usual = folder / "bert_model.ckpt.index"
        if not indices:
            raise FileNotFoundError(f"{usual}: no such file.")
        if len(indices) > 1 and usual not in indices:
            raise ValueError(f"{folder}: several *.index files; keep one.")
        index = usual if usual in indices else indices[0]
        return TensorBundle(str(index).removesuffix(".index"))

    @staticmethod
    def names_of(name, root):
        if name.startswith(f"{root}/"):
            name = "bert/" + name.removeprefix(f"{root}/")
        for ours, theirs in REPLACED.items():
            name = re.sub(ours, theirs, name)
        return [name]

    def raise_if_of_another_family(self, names, root):
        """Raises ValueError if the file has an encoder tensor unknown here.

        Without this tensor the outputs would be wrong. Further blocks, and an
        optimizer's slots of known tensors, are ignored.
        """
        places = {
            without_numbers(each)
            for name in names
            for each in self.names_of(name, root)
        }
        for name in self.tensors.keys():
            if not name.startswith(("bert/embeddings/", "bert/encoder/")):
                continue
            generic = without_numbers(name)
            if places.isdisjoint({generic, generic.rsplit("/", 1)[0]}):
                raise ValueError(
                    f"{self.tensors.path}: tensor `{name}` has no place in "
                    f"a model of the family {root!r}: the checkpoint is of "
                    "another one."
                )


def without_numbers(name):
    return re.sub(r"/layer_\d+/", "/layer/", name)
