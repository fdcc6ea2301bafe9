"""A folder with a config and tensors, whatever its format."""

from pathlib import Path

import numpy as np

from keras_addons.models.checkpoints.config import read_config


class Checkpoint:
    """Reads config and weights of a folder; a subclass is one format.

    A family asks by its own names of weights (see `families/bert_names.py`)
    and gets arrays laid out as Keras does. A subclass sets the constants below
    and defines `open_tensors`, `names_of` and, where its files lay out arrays
    otherwise, `from_file`.

    Args:
        folder: `Path` of the folder.

    Raises:
        FileNotFoundError: one of its files is missing.
        ImportError: a package is missing that reads files of this format.
        ValueError: a file does not hold what it should.
    """

    config_name = None  # the file by which the format is recognized
    owner = None  # whose format it is, for errors
    names_families = True  # whether every config has a `model_type`

    def __init__(self, folder):
        self.config_path = Path(folder) / self.config_name
        self.config = read_config(self.config_path)
        self.tensors = self.open_tensors(Path(folder))

    def open_tensors(self, folder):
        """What has a `path` for errors and the methods `keys` and `read`."""
        raise NotImplementedError

    @staticmethod
    def names_of(name, root):
        """What a weight may be called in the file, the usual name first."""
        raise NotImplementedError

    def from_file(self, name, value):
        """The array of a file, laid out as Keras does."""
        return value

    def raise_if_of_another_family(self, names, root):
        """Where the file holds what a model of these weights cannot use."""

    def holds(self, name, root):
        """Whether a weight is in the file."""
        return bool(self.found(name, root))

    def found(self, name, root):
        keys = self.tensors.keys()
        return [each for each in self.names_of(name, root) if each in keys]

    def arrays(self, shapes, root):
        """Reads all weights of a model.

        Args:
            shapes: dict from the family's name of each weight to its shape.
            root: str, the first module of these names.

        Returns:
            Dict from name to float32 array.

        Raises:
            ValueError: a tensor is missing, damaged, of another shape, or
                has no place in the model.
        """
        self.raise_if_of_another_family(shapes, root)
        return {
            name: self.array(name, shape, root)
            for name, shape in shapes.items()
        }

    def array(self, name, shape, root):
        found = self.found(name, root)
        if not found:
            usual = self.names_of(name, root)[0]
            raise ValueError(
                f"{self.tensors.path}: tensor `{usual}` is missing "
                f"(expected shape: {shape})."
            )
        value = self.from_file(name, self.tensors.read(found[0]))
        if value.shape != shape:
            raise ValueError(
                f"{self.tensors.path}: tensor `{found[0]}` has another "
                f"shape. Expected: {shape}, found: {value.shape}"
            )
        return np.asarray(value, dtype="float32")
