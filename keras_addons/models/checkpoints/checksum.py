"""The checksum of LevelDB tables and TensorFlow checkpoints."""

PIECE = 1 << 20  # number of bytes to copy at a time for the library


def compute_checksum(data):
    """Computes the masked CRC-32C of bytes or an array of bytes.

    Masked: rotated and shifted by a constant, so that data which contains
    checksums can be checked too. 400 MB take 0.05 s, with a table in numpy
    6 s.

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
            "Checkpoints in Google's format need the package `google-crc32c` "
            "for their checksums: pip install google-crc32c"
        ) from None
    return google_crc32c
