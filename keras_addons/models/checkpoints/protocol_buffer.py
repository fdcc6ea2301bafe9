"""Reads protocol buffers without their message types."""


def read_varint(data, position):
    """Reads a variable-length integer.

    Seven bits per byte, the lowest first; the eighth bit means that another
    byte follows.

    Returns:
        The number, and the position of the byte after it.
    """
    number = shift = 0
    while True:
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if byte == 0 and shift > 7:
                raise ValueError("a number has a byte too many")
            return number, position


def read_fields(message):
    """Reads the fields of a message: field number -> list of values."""
    found, position = {}, 0
    while position < len(message):
        tag, position = read_varint(message, position)
        kind = tag & 7
        if kind == 0:
            value, position = read_varint(message, position)
        else:
            length = {1: 8, 5: 4}.get(kind)
            if kind == 2:
                length, position = read_varint(message, position)
            value = message[position : position + length]
            position += length
        found.setdefault(tag >> 3, []).append(value)
    return found
