"""Checks of arguments that all packages share."""

import numbers


def check_integer(name, value, minimum):
    """Returns `value` as an int; numpy's are integers, True and False not.

    Raises:
        ValueError: if it is not an integer >= `minimum`.
    """
    is_integer = isinstance(value, numbers.Integral)
    if isinstance(value, bool) or not is_integer or value < minimum:
        raise ValueError(
            f"`{name}` must be an integer >= {minimum}. Received: {value!r}"
        )
    return int(value)


def check_number(name, value, minimum, below=float("inf"), exclusive=False):
    """Raises ValueError unless `minimum <= value < below`."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    bad = not (number and minimum <= value < below)
    if bad or (exclusive and value == minimum):
        least = "above" if exclusive else "at least"
        most = f" and below {below}" if below < float("inf") else ""
        raise ValueError(
            f"`{name}` must be a number {least} {minimum}{most}. "
            f"Received: {value!r}"
        )
