"""Reads TensorFlow checkpoints (`*.index`, `*.data-*`) without TensorFlow.

The index is a sorted table whose keys are the names of tensors. Each value is
a protocol buffer with the place of a tensor in the data files and its
checksum; the value of the empty name describes the data files.
"""

import struct

import numpy as np

from keras_addons.models.checkpoints.checksum import compute_checksum
from keras_addons.models.checkpoints.protocol_buffer import read_fields
from keras_addons.models.checkpoints.sorted_table import read_table

DTYPES = {
    1: "float32",
    2: "float64",
    3: "int32",
    9: "int64",
    14: "bfloat16",
    19: "float16",
}


class TensorBundle:
    """The tensors of one checkpoint, read one by one.

    Args:
        prefix: path without `.index`.

    Raises:
        FileNotFoundError: a file of the checkpoint is missing.
        ImportError: the package `google-crc32c` is missing.
        ValueError: a file is damaged or has another format.
    """

    def __init__(self, prefix):
        self.prefix = str(prefix)
        self.path = self.prefix + ".index"
        entries = read_table(self.path)
        try:
            self.entries = {
                key.decode(): read_fields(each) for key, each in entries
            }
            header = self.entries.pop("")
        except (IndexError, KeyError, ValueError):
            raise ValueError(
                f"{self.path}: a table of other content."
            ) from None
        if header.get(2, [0])[0]:
            raise ValueError(f"{self.path}: the numbers are big-endian.")
        self.num_shards = header.get(1, [1])[0]

    def keys(self):
        return self.entries.keys()

    def read(self, name):
        """Reads the array called `name` and compares its checksum."""
        entry = self.entries[name]
        code = entry.get(1, [0])[0]
        if code not in DTYPES or 7 in entry:
            raise ValueError(
                f"{self.path}: `{name}` is of a type (code {code}) that is "
                "not read, or is stored in slices."
            )
        dtype = np.dtype(find_dtype(DTYPES[code]))
        shape = read_shape(entry.get(2, [b""])[0])
        num_bytes = int(np.prod(shape)) * dtype.itemsize
        return self.read_bytes(name, num_bytes).view(dtype).reshape(shape)

    def read_bytes(self, name, num_bytes):
        entry = self.entries[name]
        shard = entry.get(3, [0])[0]
        path = f"{self.prefix}.data-{shard:05d}-of-{self.num_shards:05d}"
        data = np.fromfile(
            path, "uint8", count=num_bytes, offset=entry.get(4, [0])[0]
        )
        if data.size != num_bytes:
            raise ValueError(f"{path}: the file ends within `{name}`.")
        expected = struct.unpack("<I", entry.get(6, [bytes(4)])[0])[0]
        if compute_checksum(data) != expected:
            raise ValueError(
                f"{path}: `{name}` does not match its checksum: the file is "
                "damaged."
            )
        return data


def find_dtype(name):
    if name == "bfloat16":
        import ml_dtypes

        return ml_dtypes.bfloat16
    return name


def read_shape(message):
    """Reads a TensorShapeProto: field 1 of each field 2 is a size."""
    dimensions = read_fields(message).get(2, [])
    return tuple(read_fields(one).get(1, [0])[0] for one in dimensions)
