"""Writes whole files: a reader finds the old content or the new, never half.

A file is written under a temporary name beside its own and renamed, which is
one step of the file system. What a killed process leaves behind begins with
`TEMPORARY`.
"""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".tmp-"


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
    # The whole name at the end: Keras and numpy look at the extension.
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")
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
