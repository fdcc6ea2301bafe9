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
