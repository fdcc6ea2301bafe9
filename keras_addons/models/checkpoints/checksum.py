"""The checksum of LevelDB and TensorFlow."""

PIECE = 1 << 20  # the library takes bytes: copied a piece at a time


def masked_checksum(data):
    """CRC-32C of bytes or an array of bytes, rotated and moved.

    So that the checksum of what holds checksums is as good as any.
    400 MB take 0.05 s; with a table in numpy they would take 6 s.

    Raises:
        ImportError: the package `google-crc32c` is missing.
    """
    extend = import_crc32c().extend
    data, checksum = memoryview(data), 0
    for start in range(0, len(data), PIECE):
        checksum = extend(checksum, bytes(data[start : start + PIECE]))
    rotated = checksum >> 15 | checksum << 17
    return (rotated + 0xA282EAD8) & 0xFFFFFFFF


def import_crc32c():
    try:
        import google_crc32c
    except ImportError:
        raise ImportError(
            "Checkpoints of Google's form need the package `google-crc32c` "
            "for their checksums: pip install google-crc32c"
        ) from None
    return google_crc32c
