"""Base class of checkpoint formats: a folder with a config and tensors."""

import abc
from pathlib import Path

import numpy as np

from keras_addons.models.checkpoints.config import read_config

FORMATS = {}  # `config_name` -> class


class Checkpoint(abc.ABC):
    """Base class of checkpoint formats: reads the config and the weights.

    A family of transformers asks for a weight by the family's name of it,
    such as `bert/encoder/layer_0/attention/self/query/kernel`, and gets an
    array in the layout of Keras. A subclass is one format:
    `models.from_checkpoint` takes it for folders that hold its `config_name`.
    It sets the class attributes and defines `open_tensors(folder)`,
    `names_of(name, root)` and, where files have another layout than Keras,
    `from_file(name, value)`.

    Class attributes:
        config_name: string, the JSON file that tells the format.
        owner: string, whose format it is, for error messages.
        names_families: bool, whether every config has a `model_type`.
            Defaults to True.

    Args:
        folder: path of the folder.

    Raises:
        FileNotFoundError: a file is missing.
        ImportError: the package that reads this format is missing.
        ValueError: a file has unexpected content.

    Example:

    >>> from keras_addons import models
    >>> class NumpyCheckpoint(models.Checkpoint):
    ...     "Weights in `weights.npz`, by the names of the family."
    ...     config_name, owner = "numpy_config.json", "NumPy"
    ...
    ...     def open_tensors(self, folder):
    ...         self.path = folder / "weights.npz"
    ...         arrays = np.load(self.path)
    ...         self.keys, self.read = arrays.keys, arrays.__getitem__
    ...         return self
    ...
    ...     @staticmethod
    ...     def names_of(name, root):
    ...         return [name]
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as empty_folder:
    ...     models.from_checkpoint(empty_folder)
    Traceback (most recent call last):
    FileNotFoundError: ... nor numpy_config.json (NumPy) is there.

    Reference:
        https://github.com/google-research/bert,
        https://github.com/huggingface/safetensors
    """

    config_name = None
    owner = None
    names_families = True

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if vars(cls).get("config_name") is not None:
            FORMATS[cls.config_name] = cls

    def __init__(self, folder):
        self.config_path = Path(folder) / self.config_name
        self.config = read_config(self.config_path)
        self.tensors = self.open_tensors(Path(folder))

    @abc.abstractmethod
    def open_tensors(self, folder):
        """Opens the file of the weights.

        Args:
            folder: `pathlib.Path`.

        Returns:
            Object with an attribute `path`, which errors name, a method
            `keys()` for the names in the file and a method `read(name)` for
            an array.
        """

    @staticmethod
    @abc.abstractmethod
    def names_of(name, root):
        """Returns the names that a weight may have in the file.

        Args:
            name: string, the family's name of the weight.
            root: string, the `model_type`, first part of most names.

        Returns:
            List of strings, the usual name first.
        """

    def from_file(self, name, value):
        """Returns an array of the file in the layout of Keras."""
        return value

    def raise_if_of_another_family(self, names, root):  # noqa: B027
        """Raises ValueError if the file has weights the model cannot use."""

    def holds(self, name, root):
        """Returns whether a weight is in the file."""
        return bool(self.found(name, root))

    def found(self, name, root):
        """Returns the names in the file that the weight may have."""
        keys = self.tensors.keys()
        return [each for each in self.names_of(name, root) if each in keys]

    def arrays(self, shapes, root):
        """Reads all weights of a model.

        Args:
            shapes: dict, the family's name of each weight -> its shape.
            root: string, the `model_type`.

        Returns:
            Dict, name -> float32 array.

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
        """Reads one weight and checks its shape."""
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
