"""Reads LevelDB's sorted tables of keys and values, and checks every byte.

A table is a row of blocks and a footer. A block is its content, a byte that
says how it is compressed, and a checksum of both. The last block, the index,
says where the blocks of entries lie; the one before it, of metadata, is empty
in TensorFlow's files. The footer says where these two lie, and has no
checksum: it is checked by the blocks having to fill the file without gaps.
All numbers are little-endian.
"""

import struct

from keras_addons.models.checkpoints.checksum import masked_checksum
from keras_addons.models.checkpoints.protocol_buffer import varint

MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
FOOTER_SIZE = 48
TRAILER_SIZE = 5


def table_entries(path):
    """Every key and value of the table in the file `path`.

    Raises:
        ValueError: the file is no such table, damaged or compressed.
    """
    with open(path, "rb") as file:
        data = file.read()
    if data[-len(MAGIC) :] != MAGIC or len(data) < FOOTER_SIZE:
        raise ValueError(f"{path}: not the index of a TensorFlow checkpoint.")
    try:
        return entries_of(data)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{path}: damaged ({error}).") from None


def entries_of(data):
    metadata, index = footer_handles(data[-FOOTER_SIZE:])
    handles = [
        handle(value, 0)[0] for _, value in block_entries(content(data, *index))
    ]
    end = 0
    for offset, size in [*handles, metadata, index]:
        if offset != end:
            raise ValueError(f"no block ends at byte {offset}")
        end = offset + size + TRAILER_SIZE
    if end != len(data) - FOOTER_SIZE:
        raise ValueError(f"no footer begins at byte {end}")
    content(data, *metadata)
    return [
        entry
        for each in handles
        for entry in block_entries(content(data, *each))
    ]


def footer_handles(footer):
    """Where the blocks of metadata and of the index lie."""
    metadata, position = handle(footer, 0)
    index, position = handle(footer, position)
    if any(footer[position : -len(MAGIC)]):
        raise ValueError("the footer is not filled up with zeros")
    return metadata, index


def handle(data, position):
    """Offset and size of a block; and the position after them."""
    offset, position = varint(data, position)
    size, position = varint(data, position)
    return (offset, size), position


def content(data, offset, size):
    """The block at `offset`, its checksum compared."""
    end = offset + size
    trailer = data[end : end + TRAILER_SIZE]
    checksum = struct.pack("<I", masked_checksum(data[offset : end + 1]))
    if trailer[1:] != checksum:
        raise ValueError(f"wrong checksum of the block at byte {offset}")
    if trailer[0] != 0:
        raise ValueError("a compressed block, which is not read")
    return data[offset:end]


def block_entries(block):
    """The entries of a block; a key leaves out what it shares with the last."""
    (num_restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 * (num_restarts + 1)
    key, position = b"", 0
    while position < end:
        shared, position = varint(block, position)
        length, position = varint(block, position)
        value_length, position = varint(block, position)
        key = key[:shared] + block[position : position + length]
        position += length
        yield key, block[position : position + value_length]
        position += value_length
