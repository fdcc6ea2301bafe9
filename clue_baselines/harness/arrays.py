"""Arrays with a JSON value in one .npz file, written atomically."""

import io
import json

import numpy as np

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import one_line
from clue_baselines.harness.errors import user_errors
from keras_addons.files import replacing


def write_arrays(path, arrays, words=None):
    """Writes a list of arrays, and a value of JSON beside them."""
    # Their number too: of a damaged zip file arrays may be missing.
    words = json.dumps([len(arrays), words])
    words = np.frombuffer(words.encode(), "u1")
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, *arrays, words=words)


def read_arrays(path):
    """Returns what `write_arrays` was given.

    Raises:
        UserError: the file is missing or damaged.
    """
    with user_errors():
        content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content)) as saved:
            number, words = json.loads(saved["words"].tobytes())
            arrays = [saved[f"arr_{i}"] for i in range(number)]
    # A flipped bit may meet any part of the readers of zip and of arrays.
    except Exception as error:
        raise UserError(f"{path} is damaged ({one_line(error)})") from error
    return arrays, words


def assign_arrays(arrays, variables, path):
    """Assigns the arrays read from `path` to variables of the same shapes.

    Raises:
        UserError: they are of another model.
    """
    shapes = [array.shape for array in arrays]
    if shapes != [tuple(variable.shape) for variable in variables]:
        raise UserError(f"{path} is of another model or version")
    for variable, array in zip(variables, arrays):
        variable.assign(array)
