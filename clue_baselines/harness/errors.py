"""Errors that are the user's to mend: shown as one line, no traceback."""

from contextlib import contextmanager


class UserError(Exception):
    """Says in one line what is wrong with a file or an option."""


@contextmanager
def user_errors(prefix=""):
    """Turns what a library says of bad input into a `UserError`."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise UserError(prefix + one_line(error)) from error


@contextmanager
def resuming():
    """Says of what stands in the way of --resume that there is another way."""
    try:
        yield
    except UserError as error:
        raise UserError(
            f"--resume: {error}; without --resume a new run starts"
        ) from error


def one_line(error):
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
