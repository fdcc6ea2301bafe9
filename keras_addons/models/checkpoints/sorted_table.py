"""Reads LevelDB's sorted tables of keys and values, and checks every byte.

A table is a sequence of blocks and a footer. A block has its content, a byte
for the kind of compression, and a checksum of both. The last block, the index,
has the offsets of the blocks of entries; the block before the index has
metadata, which is empty in TensorFlow's files. The footer has the offsets of
these two blocks and no checksum: it is right if the blocks fill the file
without gaps. All numbers are little-endian.
"""

import struct

from keras_addons.models.checkpoints.checksum import compute_checksum
from keras_addons.models.checkpoints.protocol_buffer import read_varint

MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
FOOTER_SIZE = 48
TRAILER_SIZE = 5


def read_table(path):
    """Reads every key and value of the table in the file `path`.

    Raises:
        ValueError: the file is no such table, damaged or compressed.
    """
    with open(path, "rb") as file:
        data = file.read()
    if data[-len(MAGIC) :] != MAGIC or len(data) < FOOTER_SIZE:
        raise ValueError(f"{path}: not the index of a TensorFlow checkpoint.")
    try:
        return read_entries(data)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{path}: damaged ({error}).") from None


def read_entries(data):
    metadata, index = read_footer(data[-FOOTER_SIZE:])
    handles = [
        read_handle(value, 0)[0]
        for _, value in read_block_entries(read_block(data, *index))
    ]
    end = 0
    for offset, size in [*handles, metadata, index]:
        if offset != end:
            raise ValueError(f"no block ends at byte {offset}")
        end = offset + size + TRAILER_SIZE
    if end != len(data) - FOOTER_SIZE:
        raise ValueError(f"no footer begins at byte {end}")
    read_block(data, *metadata)
    return [
        entry
        for each in handles
        for entry in read_block_entries(read_block(data, *each))
    ]


def read_footer(footer):
    """Reads offset and size of the metadata block and of the index."""
    metadata, position = read_handle(footer, 0)
    index, position = read_handle(footer, position)
    if any(footer[position : -len(MAGIC)]):
        raise ValueError("the footer is not filled up with zeros")
    return metadata, index


def read_handle(data, position):
    """Reads offset and size of a block; also returns the next position."""
    offset, position = read_varint(data, position)
    size, position = read_varint(data, position)
    return (offset, size), position


def read_block(data, offset, size):
    """Reads the block at `offset` and compares its checksum."""
    end = offset + size
    trailer = data[end : end + TRAILER_SIZE]
    checksum = struct.pack("<I", compute_checksum(data[offset : end + 1]))
    if trailer[1:] != checksum:
        raise ValueError(f"wrong checksum of the block at byte {offset}")
    if trailer[0] != 0:
        raise ValueError("a compressed block, which is not read")
    return data[offset:end]


def read_block_entries(block):
    """Yields the entries of a block.

    A stored key lacks the prefix that it shares with the key before.
    """
    (num_restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 * (num_restarts + 1)
    key, position = b"", 0
    while position < end:
        shared, position = read_varint(block, position)
        length, position = read_varint(block, position)
        value_length, position = read_varint(block, position)
        key = key[:shared] + block[position : position + length]
        position += length
        yield key, block[position : position + value_length]
        position += value_length
