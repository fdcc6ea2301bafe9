"""Recognizes the format of a checkpoint."""

from pathlib import Path

from keras_addons.models.checkpoints.google import GoogleCheckpoint
from keras_addons.models.checkpoints.hugging_face import HuggingFaceCheckpoint

FORMATS = (HuggingFaceCheckpoint, GoogleCheckpoint)  # the first that fits


def open_checkpoint(folder):
    """A `Checkpoint` of the format whose config is in the folder.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ImportError: a package is missing that reads files of this format.
        ValueError: a file does not hold what it should.
    """
    path = Path(folder)
    if not path.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder.")
    for each in FORMATS:
        if (path / each.config_name).exists():
            return each(path)
    configs = [f"{each.config_name} ({each.owner})" for each in FORMATS]
    raise FileNotFoundError(
        f"{folder}: neither {' nor '.join(configs)} is there."
    )
