"""What is loaded is whole, is the file that is expected, and stays inside."""

import hashlib
import io
import stat
import zipfile

import pytest

from clue_baselines.__main__ import main
from clue_baselines.harness.archive import published
from clue_baselines.harness.archive.extraction import extract
from clue_baselines.harness.errors import UserError
from tests.clue_baselines.commands.server import serving

FILES = {
    "cluener_public/train.json": b"1\n" * 9000,
    "cluener_public/dev.json": b"2",
}


def zipped(files, compression=zipfile.ZIP_STORED):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


ARCHIVE = zipped(FILES)
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()


@pytest.fixture
def server():
    files = {"cluener_public.zip": ARCHIVE, "afqmc_public.zip": ARCHIVE}
    with serving(files) as started:
        yield started


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def download(folder, server, *arguments):
    place = ["--data-dir", str(folder), "--mirror", server.address]
    return main(["download", *arguments, *place])


def refusal(folder, server, capsys, *arguments):
    with pytest.raises(SystemExit) as error:
        download(folder, server, *arguments)
    assert error.value.code == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    return message.removeprefix("clue_baselines.download: error: ").strip()


def test_the_files_of_an_archive_are_unpacked(tmp_path, server, capsys):
    found = download(tmp_path, server, "cluener")
    assert found == {"cluener": ["dev.json", "train.json"]}
    for name, content in FILES.items():
        path = tmp_path / "cluener" / name.rpartition("/")[2]
        assert path.read_bytes() == content
    archives = sorted(p.name for p in (tmp_path / "archives").iterdir())
    assert archives == ["SHA256SUMS", "cluener_public.zip"]
    sums = (tmp_path / "archives/SHA256SUMS").read_text("utf8")
    assert sums == f"{SHA256}  cluener_public.zip\n"
    assert "is noted, it was compared with nothing" in capsys.readouterr().out


def test_an_interrupted_download_goes_on_where_it_stopped(
    tmp_path, server, capsys
):
    server.most_bytes = 5000
    message = refusal(tmp_path, server, capsys, "cluener")
    assert "the connection broke after 5000 bytes" in message
    assert not (tmp_path / "cluener").exists()
    assert not (tmp_path / "archives/cluener_public.zip").exists()
    server.most_bytes = 6000
    message = refusal(tmp_path, server, capsys, "cluener")
    assert "the connection broke after 11000 bytes" in message
    server.most_bytes = 1 << 30
    download(tmp_path, server, "cluener")
    assert server.ranges == [None, "bytes=5000-", "bytes=11000-"]
    path = tmp_path / "archives/cluener_public.zip"
    assert path.read_bytes() == ARCHIVE


@pytest.mark.parametrize("version", ['"2"', None])
def test_a_file_that_changed_meanwhile_is_loaded_from_the_start(
    version, tmp_path, server, capsys
):
    server.version = '"1"' if version else None
    server.most_bytes = 5000
    refusal(tmp_path, server, capsys, "cluener")
    server.version, server.most_bytes = version, 1 << 30
    other = zipped({"train.json": b"3" * 20000})
    server.files["/cluener_public.zip"] = other
    download(tmp_path, server, "cluener")
    assert (tmp_path / "archives/cluener_public.zip").read_bytes() == other


def test_a_part_that_is_complete_already_is_loaded_again(
    tmp_path, server, capsys
):
    archives = tmp_path / "archives"
    archives.mkdir()
    (archives / "cluener_public.zip.part").write_bytes(ARCHIVE)
    (archives / "cluener_public.zip.version").write_text('"1"')
    download(tmp_path, server, "cluener")
    assert server.ranges == [f"bytes={len(ARCHIVE)}-", None]
    assert sorted(p.name for p in archives.iterdir()) == [
        "SHA256SUMS",
        "cluener_public.zip",
    ]


def test_a_documented_checksum_must_be_that_of_the_file(
    tmp_path, server, capsys, monkeypatch
):
    message = refusal(tmp_path, server, capsys, "afqmc")
    documented = published.ARCHIVES["afqmc"].sha256
    assert f"sha256 is {SHA256}, but {documented} is documented" in message
    assert not (tmp_path / "afqmc").exists()
    download(tmp_path, server, "afqmc", "--any-version")
    assert (tmp_path / "afqmc/train.json").exists()
    known = published.Published("afqmc_public.zip", SHA256)
    monkeypatch.setitem(published.ARCHIVES, "afqmc", known)
    download(tmp_path, server, "afqmc", "--force")
    assert "sha256 as documented" in capsys.readouterr().out


def test_where_none_is_documented_the_first_checksum_is_compared(
    tmp_path, server, capsys
):
    download(tmp_path, server, "cluener")
    download(tmp_path, server, "cluener", "--force")
    assert "as noted at the first download" in capsys.readouterr().out
    (tmp_path / "archives/cluener_public.zip").unlink()
    server.files["/cluener_public.zip"] = zipped({"train.json": b"other"})
    message = refusal(tmp_path, server, capsys, "cluener", "--force")
    assert f"{SHA256} is noted in SHA256SUMS" in message
    assert (tmp_path / "cluener/dev.json").read_bytes() == b"2"


def test_what_is_there_is_neither_loaded_nor_replaced(tmp_path, server, capsys):
    (tmp_path / "cluener").mkdir()
    (tmp_path / "cluener/train.json").write_text("mine")
    assert download(tmp_path, server, "cluener") == {}
    assert server.ranges == []
    assert "left as it is (see --force)" in capsys.readouterr().out
    archives = tmp_path / "archives"
    archives.mkdir()
    (archives / "cluener_public.zip").write_bytes(ARCHIVE)
    download(tmp_path, server, "cluener", "--force")
    assert server.ranges == []
    assert (tmp_path / "cluener/train.json").read_bytes() == b"1\n" * 9000


def test_without_a_connection_or_a_file_it_is_one_line(
    tmp_path, server, capsys
):
    message = refusal(tmp_path, server, capsys, "tnews")
    assert f"{server.address}/tnews_public.zip: 404 Not Found. --mir" in message
    assert f"{tmp_path}/archives/tnews_public.zip" in message
    place = ["--data-dir", str(tmp_path), "--mirror"]
    with pytest.raises(SystemExit):
        main(["download", "tnews", *place, "http://127.0.0.1:9"])
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "tnews_public.zip: no connection (" in message
    with pytest.raises(SystemExit) as error:
        main(["download", *place, "file:///etc"])
    assert error.value.code == 2
    with pytest.raises(SystemExit) as error:
        main(["download", "glue", *place, "http://127.0.0.1:9"])
    assert "unknown task 'glue', expected one of" in capsys.readouterr().err


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/evil", "a\\..\\evil", "C:evil", link("a")],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(name, tmp_path):
    path = tmp_path / "in" / "a.zip"
    path.parent.mkdir()
    path.write_bytes(zipped({"train.json": b"1", name: b"evil"}))
    with pytest.raises(UserError, match="unsafe name in the archive: '"):
        extract(path, tmp_path / "in" / "tnews")
    names = [each.name for each in tmp_path.rglob("*")]
    assert sorted(names) == ["a.zip", "in"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"<html>", "damaged"),
        (ARCHIVE[:-400], "damaged"),
        (ARCHIVE.replace(b"1\n1\n", b"1\n2\n", 1), "damaged .*CRC"),
        (zipped({}), "no file is in the archive"),
        (zipped({"__MACOSX/a": b"", "._a": b""}), "no file is in the archive"),
        (zipped({"a/x": b"", "b/x": b""}), "two files are named x"),
    ],
)
def test_a_damaged_archive_writes_nothing(content, expected, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    (tmp_path / "tnews").mkdir()
    (tmp_path / "tnews/train.json").write_text("before")
    with pytest.raises(UserError, match=expected):
        extract(path, tmp_path / "tnews")
    assert [p.name for p in (tmp_path / "tnews").iterdir()] == ["train.json"]
    assert (tmp_path / "tnews/train.json").read_text() == "before"


def test_the_documented_checksums_are_sha256():
    for archive in published.ARCHIVES.values():
        assert archive.name.endswith("_public.zip")
        if archive.sha256 is not None:
            assert len(archive.sha256) == 64
            assert set(archive.sha256) <= set("0123456789abcdef")
