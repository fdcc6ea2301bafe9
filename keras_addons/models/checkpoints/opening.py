"""Finds the format of a checkpoint by its config file."""

from pathlib import Path

from keras_addons.models.checkpoints.checkpoint import FORMATS
from keras_addons.models.checkpoints.google import GoogleCheckpoint
from keras_addons.models.checkpoints.hugging_face import HuggingFaceCheckpoint

FIRST = (HuggingFaceCheckpoint, GoogleCheckpoint)  # a folder may have both


def formats():
    """Returns all formats in the order in which they are tried."""
    ordered = {each.config_name: each for each in FIRST}
    return [*{**ordered, **FORMATS}.values()]


def open_checkpoint(folder):
    """Returns a `Checkpoint` of the format whose config is in the folder.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ImportError: the package that reads this format is missing.
        ValueError: a file has unexpected content.
    """
    path = Path(folder)
    if not path.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder.")
    for each in formats():
        if (path / each.config_name).exists():
            return each(path)
    configs = [f"{each.config_name} ({each.owner})" for each in formats()]
    raise FileNotFoundError(
        f"{folder}: neither {' nor '.join(configs)} is there."
    )
