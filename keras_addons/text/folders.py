"""Folders whose files are replaced together."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_together(folder):
    """Gives a temporary folder; its files move into `folder` on success.

    What fails while the files are written leaves `folder` as it was.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder) as temporary:
        yield Path(temporary)
        for path in sorted(Path(temporary).iterdir()):
            os.replace(path, folder / path.name)
