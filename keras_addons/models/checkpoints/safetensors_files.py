"""Reads the safetensors files of a folder in Hugging Face's format."""

from pathlib import Path

from keras_addons.models.checkpoints.config import read_config

INDEX = "model.safetensors.index.json"
PICKLES = "pytorch_model*.bin"
CONVERT = (
    "from pathlib import Path; import torch, safetensors.torch as s; "
    "f = Path({folder!r}); s.save_file({{n: t.clone().contiguous() "
    f"for p in sorted(f.glob('{PICKLES}')) for n, t in torch.load(p, "
    "map_location='cpu', weights_only=True).items()}}, "
    "f / 'model.safetensors')"
)


class SafetensorsFolder:
    """The tensors of `model.safetensors`, or of the files in its index.

    Raises:
        FileNotFoundError: a file is missing.
        ImportError: the package `safetensors` is missing.
        ValueError: a file has unexpected content.
    """

    def __init__(self, folder):
        self.path = folder / "model.safetensors"
        if self.path.exists():
            file = open_file(self.path)
            self.places = dict.fromkeys(file.keys(), file)
        elif (folder / INDEX).exists():
            self.path = folder / INDEX
            self.places = open_indexed_files(self.path)
        else:
            raise FileNotFoundError(
                f"{self.path}: no such file.{explain_pickles(folder)}"
            )

    def keys(self):
        return self.places.keys()

    def read(self, name):
        return self.places[name].get_tensor(name)


def open_file(path):
    safetensors = import_safetensors()
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file.")
    try:
        return safetensors.safe_open(path, framework="numpy")
    except safetensors.SafetensorError as error:
        raise ValueError(f"{path}: {error}") from None


def open_indexed_files(index):
    """Opens the files of an index; returns a dict, tensor name -> open file."""
    names = read_config(index).get("weight_map")
    if not isinstance(names, dict):
        raise ValueError(
            f"{index}: `weight_map` must be an object. Received: {names!r}"
        )
    for tensor, name in names.items():
        if not isinstance(name, str) or name != Path(name).name:
            raise ValueError(
                f"{index}: `weight_map`: `{tensor}` must be in a file of "
                f"this folder. Received: {name!r}"
            )
    files = {
        name: open_file(index.with_name(name))
        for name in sorted(set(names.values()))
    }
    held = {name: set(file.keys()) for name, file in files.items()}
    for tensor, name in names.items():
        if tensor not in held[name]:
            raise ValueError(
                f"{index.with_name(name)}: tensor `{tensor}` is missing, "
                f"which {index.name} says is there."
            )
    return {tensor: files[name] for tensor, name in names.items()}


def explain_pickles(folder):
    """Returns a command that converts a pickle, if there is one, else ""."""
    if not any(folder.glob(PICKLES)):
        return ""
    program = CONVERT.format(folder=str(folder))
    return (
        f" {PICKLES} is a pickle, which may run any code, and is not read. "
        "With torch and safetensors installed this writes its tensors beside "
        f'it: python -c "{program}"'
    )


def import_safetensors():
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "Hugging Face checkpoints need the package `safetensors`: "
            "pip install safetensors"
        ) from None
    return safetensors
