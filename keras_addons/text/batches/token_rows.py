"""Named arrays with one integer per token, stored without padding."""

from collections.abc import Mapping

import numpy as np

from keras_addons.arguments import check_integer
from keras_addons.text.batches.token_arrays import token_arrays

DTYPES = ("int8", "int16", "int32")
BLOCK = 1024  # rows that are converted at a time


class TokenRows:
    """Stores named arrays with one integer per token; pads rows on request.

    Each array is stored flat, in the smallest of int8, int16 and int32 that
    holds its values.

    Args:
        rows: dict, name -> list of rows of integers, where row `i` has the
            same length in every array; or a list for `token_arrays`.
        padding: None or dict, name -> integer that pads the array. Other
            arrays are padded with 0. Defaults to None.

    Raises:
        ValueError: there is no row, the arrays differ in the number of rows
            or in the length of a row, do not hold integers of 32 bits, or
            `padding` names another array.
    """

    def __init__(self, rows, padding=None):
        if len(rows) == 0:
            raise ValueError("`rows` must hold at least one row.")
        arrays = rows if isinstance(rows, Mapping) else token_arrays(rows)
        self.names = list(arrays)
        padding = padding or {}
        for name in padding:
            self.check_name("padding", name)
        self._padding = {
            name: check_integer(f"padding[{name!r}]", number, -(2**31))
            for name, number in {**dict.fromkeys(arrays, 0), **padding}.items()
        }
        self.lengths = common_lengths(arrays)
        self._ends = np.cumsum(self.lengths)
        self._starts = self._ends - self.lengths
        self._flat = {
            name: flatten(name, array) for name, array in arrays.items()
        }

    def __len__(self):
        return len(self.lengths)

    def check_name(self, argument, name):
        """Raises ValueError unless an array is called `name`."""
        if name not in self.names:
            raise ValueError(
                f"`{argument}` must name arrays of `rows`, "
                f"which are {', '.join(self.names)}. Received: {name!r}"
            )

    def padded(self, rows, length):
        """Returns some rows, padded to `length`.

        Args:
            rows: integers (num_rows,), the row numbers.
            length: int, at least the length of the longest row.

        Returns:
            Dict, name -> int32 array (num_rows, length).
        """
        # Python integers: slicing by numpy's takes twice as long.
        starts = self._starts[rows].tolist()
        ends = self._ends[rows].tolist()
        arrays = {}
        for name, numbers in self._flat.items():
            padding = self._padding[name]
            arrays[name] = np.full((len(rows), length), padding, "int32")
            for row, start, end in zip(arrays[name], starts, ends):
                row[: end - start] = numbers[start:end]
        return arrays


def common_lengths(arrays):
    """Returns the lengths of the rows, which must agree in all arrays."""
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


def flatten(name, array):
    """Concatenates all rows, in the smallest dtype that holds the values."""
    # Block by block, as numpy first takes 8 bytes per integer of a list.
    blocks = [
        compact(name, array[start : start + BLOCK])
        for start in range(0, len(array), BLOCK)
    ]
    return np.concatenate(blocks)


def compact(name, array):
    """Concatenates the rows of one block."""
    # Empty rows add nothing, and an empty list has no dtype.
    rows = [np.asarray(row) for row in array if len(row)]
    if any(row.ndim != 1 for row in rows):
        raise ValueError(
            "`rows` must hold one integer per token. "
            f"Received for {name!r}: several per token"
        )
    numbers = np.concatenate(rows or [np.zeros(0, "int8")])
    if numbers.dtype.kind not in "iub":
        raise ValueError(
            f"`rows` must hold integers. Received for {name!r}: {numbers.dtype}"
        )
    least, most = numbers.min(initial=0), numbers.max(initial=0)
    for dtype in DTYPES:
        limits = np.iinfo(dtype)
        if limits.min <= least and most <= limits.max:
            return numbers.astype(dtype)
    raise ValueError(
        f"`rows` must hold integers of 32 bits. Received for {name!r}: "
        f"numbers from {least} to {most}"
    )
