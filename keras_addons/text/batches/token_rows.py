"""Rows of several numbers a token, stored without padding."""

from collections.abc import Mapping

import numpy as np

from keras_addons.text.batches.token_arrays import token_arrays

DTYPES = ("int8", "int16", "int32")


class TokenRows:
    """Named arrays, one integer a token, and batches of their rows.

    Each array is stored flat, in the smallest of int8, int16 and int32 that
    holds its numbers.

    Args:
        rows: dict from name to list of rows of integers; row `i` of every
            array is equally long. Or a list for `token_arrays`.
        padding: dict from name to the integer that pads the array; 0 for
            those that it does not name. None is `{}`.

    Raises:
        ValueError: no row, arrays that differ in rows or lengths, numbers
            that are no integers of 32 bits, or padding of no array.
    """

    def __init__(self, rows, padding=None):
        if len(rows) == 0:
            raise ValueError("`rows` must hold at least one row.")
        arrays = rows if isinstance(rows, Mapping) else token_arrays(rows)
        self.names = list(arrays)
        padding = dict(padding or {})
        for name in padding:
            self.check_name("padding", name)
        self.lengths = common_lengths(arrays)
        self._ends = np.cumsum(self.lengths)
        self._starts = self._ends - self.lengths
        self._flat = {
            name: flat(name, array, padding.get(name, 0))
            for name, array in arrays.items()
        }

    def __len__(self):
        return len(self.lengths)

    def check_name(self, argument, name):
        """Raises ValueError unless `name` is that of an array."""
        if name not in self.names:
            raise ValueError(
                f"`{argument}` must name arrays of `rows`, "
                f"which are {', '.join(self.names)}. Received: {name!r}"
            )

    def padded(self, rows, width):
        """Returns the rows of these numbers, padded to `width`.

        Args:
            rows: integers (num_rows,).
            width: int, at least the longest of their lengths.

        Returns:
            Dict from name to int32 array (num_rows, width).
        """
        places = self._starts[rows, None] + np.arange(width)
        # The value that pads an array is its last.
        places = np.where(places < self._ends[rows, None], places, -1)
        return {
            name: numbers[places].astype("int32")
            for name, numbers in self._flat.items()
        }


def common_lengths(arrays):
    """The number of tokens of each row, which all arrays must share."""
    (first, array), *others = arrays.items()
    lengths = row_lengths(first, array)
    if len(lengths) == 0:
        raise ValueError("`rows` must hold at least one row.")
    for name, array in others:
        own = row_lengths(name, array)
        if len(own) != len(lengths):
            raise ValueError(
                "the arrays of `rows` must have equally many rows. Received: "
                f"{len(lengths)} of {first!r} and {len(own)} of {name!r}"
            )
        differ = np.flatnonzero(own != lengths)
        if len(differ):
            row = differ[0]
            raise ValueError(
                "the arrays of a row must be equally long. Received in row "
                f"{row} of `rows`: {lengths[row]} of {first!r} and "
                f"{own[row]} of {name!r}"
            )
    return lengths


def row_lengths(name, array):
    try:
        return np.fromiter(map(len, array), "int64", len(array))
    except TypeError:
        raise TypeError(
            "`rows` must hold a list of integers for each row. "
            f"Received for {name!r}: {array!r:.80}"
        ) from None


def flat(name, array, padding):
    """All rows in one array, then the value that pads them."""
    # An empty list has no type.
    rows = [np.asarray(row) for row in array if len(row)]
    if any(row.ndim != 1 for row in rows):
        raise ValueError(
            "`rows` must hold one integer a token. "
            f"Received for {name!r}: several"
        )
    numbers = np.concatenate([*rows, [padding]])
    if numbers.dtype.kind not in "iub":
        raise ValueError(
            "`rows` and `padding` must hold integers. "
            f"Received for {name!r}: {numbers.dtype}"
        )
    least, most = numbers.min(), numbers.max()
    for dtype in DTYPES:
        limits = np.iinfo(dtype)
        if limits.min <= least and most <= limits.max:
            return numbers.astype(dtype)
    raise ValueError(
        f"`rows` must hold integers of 32 bits. Received for {name!r}: "
        f"numbers from {least} to {most}"
    )
