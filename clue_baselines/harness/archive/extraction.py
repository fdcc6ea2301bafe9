"""Unpacks a zip file into one folder: all its files, or none of them."""

import shutil
import stat
import zipfile
from pathlib import PurePosixPath

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import one_line
from keras_addons.files import written_together

DAMAGES = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError)


def extract(path, folder):
    """Unpacks the files of an archive, without the folders they are in.

    CLUE's archives hold files beside each other, some of them in a folder;
    what macOS adds to an archive (`__MACOSX`, `._NAME`) is left out.

    Args:
        path: `Path` of a zip file.
        folder: `Path`; files of the same names are replaced.

    Returns:
        The sorted names of the files.

    Raises:
        UserError: the archive is damaged, has a name or a link that leads out
            of the folder, or has two files of one name. Nothing is written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = files_of(archive, path)
            with written_together(folder) as temporary:
                for name, entry in entries.items():
                    with archive.open(entry) as source:
                        with open(temporary / name, "wb") as target:
                            shutil.copyfileobj(source, target)
    except (*DAMAGES, zipfile.zlib.error) as error:
        raise UserError(f"{path}: damaged ({one_line(error)})") from error
    except OSError as error:
        raise UserError(one_line(error)) from error
    return sorted(entries)


def files_of(archive, path):
    """Returns a dict from file name to the entry of a zip file."""
    entries = {}
    for entry in archive.infolist():
        check_name(entry, path)
        place = PurePosixPath(entry.filename)
        is_hidden = "__MACOSX" in place.parts or place.name.startswith(".")
        if entry.is_dir() or is_hidden:
            continue
        if place.name in entries:
            raise UserError(f"{path}: two files are named {place.name}")
        entries[place.name] = entry
    if not entries:
        raise UserError(f"{path}: no file is in the archive")
    return entries


def check_name(entry, path):
    """Raises where a name or a link could lead out of the folder."""
    name = entry.filename
    place = PurePosixPath(name)
    is_outside = place.is_absolute() or ".." in place.parts
    # Windows takes a backslash for a slash and C: for a drive.
    is_outside |= "\\" in name or ":" in name or not place.name
    if is_outside or stat.S_ISLNK(entry.external_attr >> 16):
        raise UserError(f"{path}: unsafe name in the archive: {name!r}")
