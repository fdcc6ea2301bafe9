"""Errors that the user can mend: printed as one line, without a traceback."""

from contextlib import contextmanager


class UserError(Exception):
    """An error in a file or an option, described in one line."""


@contextmanager
def user_errors(prefix=""):
    """Turns errors that a library raises for bad input into a `UserError`."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        raise UserError(prefix + one_line(error)) from error


@contextmanager
def resuming():
    """Adds to an error of --resume that a run without it starts anew."""
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
