"""Writes whole files: a reader finds the old content or the new, never half.

A file is written under a temporary name beside its own and renamed, which is
one step of the file system. What a killed process leaves behind begins with
`TEMPORARY`.
"""

import os
import shutil
import tempfile
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path

TEMPORARY = ".tmp-"


def temporary_of(path):
    # The whole name at the end: Keras and numpy look at the extension.
    return path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")


@contextmanager
def replacing(path):
    """Gives a temporary path beside `path`, renamed to it on success.

    Args:
        path: file to write, new or to be replaced.

    Raises:
        OSError: the file cannot be written; the error names `path`, and what
            stood there before is untouched.
    """
    path = Path(path)
    temporary = temporary_of(path)
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        # A full disk is reported without the name of a file.
        if error.errno is None or error.filename not in (None, str(temporary)):
            raise
        raise OSError(
            error.errno, os.strerror(error.errno), str(path)
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path):
    """Raises OSError, which names `path`, where no file can be written.

    For a file that is written at the end of long work; what stands at `path`
    is left as it is.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    temporary = temporary_of(path)
    try:
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise OSError(
            error.errno, os.strerror(error.errno), str(path)
        ) from error


@contextmanager
def written_together(folder):
    """Gives a temporary folder; its files move into `folder` on success.

    What fails while the files are written leaves `folder` as it was.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=folder) as temporary:
        yield Path(temporary)
        for path in sorted(Path(temporary).iterdir()):
            os.replace(path, folder / path.name)


def remove_temporaries(folder):
    """Removes what killed processes left in a folder where nobody writes."""
    for path in Path(folder).glob(f"{TEMPORARY}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
