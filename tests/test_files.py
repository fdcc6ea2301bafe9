"""What stands at a path is the old file or the new one."""

import errno
import os

import pytest

from keras_addons.files import TEMPORARY
from keras_addons.files import remove_temporaries
from keras_addons.files import replacing
from keras_addons.files import written_together


def test_a_file_is_replaced_once_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.suffix == ".txt"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), written_together(tmp_path) as folder:
        (folder / "a.txt").write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_full_disk_is_reported_with_the_name_of_the_file(tmp_path):
    path = tmp_path / "a.txt"
    full = errno.ENOSPC
    with pytest.raises(OSError) as error, replacing(path):
        raise OSError(full, os.strerror(full))
    assert (error.value.errno, error.value.filename) == (full, str(path))
    with pytest.raises(FileNotFoundError) as error, replacing(path):
        open(tmp_path / "other.txt")
    assert error.value.filename == str(tmp_path / "other.txt")


def test_what_killed_processes_left_is_removed(tmp_path):
    (tmp_path / f"{TEMPORARY}7-a.txt").write_text("half")
    (tmp_path / f"{TEMPORARY}folder").mkdir()
    (tmp_path / f"{TEMPORARY}folder/b.txt").write_text("half")
    (tmp_path / "c.txt").write_text("whole")
    remove_temporaries(tmp_path)
    assert os.listdir(tmp_path) == ["c.txt"]
