import pytest

from clue_baselines.harness.data.reading import read_columns
from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.record import Record
from clue_baselines.harness.errors import UserError


def read(folder, content):
    path = folder / "dev.json"
    path.write_bytes(content)
    return read_json_lines(path)


def test_records_know_their_lines(tmp_path):
    content = '{"text": "一\u2028二"}\n\n  \n{"text": "三"}'.encode()
    records = read(tmp_path, content)
    assert [record.text("text") for record in records] == ["一\u2028二", "三"]
    assert [record.place[-2:] for record in records] == [":1", ":4"]


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    records = read(tmp_path, b'\xef\xbb\xbf{"a": 1}\r\n{"a": 2}\r\n')
    assert [record.get("a") for record in records] == [1, 2]


def test_a_label_may_be_a_number_or_a_string(tmp_path):
    records = read(tmp_path, b'{"label": "108"}\n{"label": 108}')
    assert [row.label(("100", "108")) for row in records] == [1, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "dev.json: the file is empty"),
        ("好".encode("utf-16"), "dev.json: UTF-16 text; save it as UTF-8"),
        ('{"a": "好"}'.encode("gb18030"), "dev.json:1: not UTF-8 text"),
        (b"\n \n", "dev.json: the file is empty"),
        (b'{"a": 1}\n{a: 2}', "dev.json:2: not JSON"),
        (b"[" * 100000, "dev.json:1: not JSON"),
        (b"[1]", "dev.json:1: not a JSON object"),
        (b'{"a": "\xff"}', "dev.json:1: not UTF-8 text"),
    ],
)
def test_a_bad_line_is_named(content, message, tmp_path):
    with pytest.raises(UserError, match=message):
        assert [record.values for record in read(tmp_path, content)]


def test_a_bad_line_does_not_hide_the_others(tmp_path):
    records = read(tmp_path, b'{"a": 1}\n{a: 2}\n{"a": "\xff"}\n{"a": 4}')
    assert [record.place[-1] for record in records] == list("1234")
    assert [records[0].get("a"), records[3].get("a")] == [1, 4]
    for bad in records[1:3]:
        with pytest.raises(UserError, match=f"{bad.place}: not "):
            bad.text("a")


def test_half_a_character_is_not_text(tmp_path):
    record = read(tmp_path, b'{"text": "\\ud83d"}')[0]
    with pytest.raises(UserError, match="'text' holds half a character"):
        record.text("text")


@pytest.mark.parametrize("label", [b"true", b'"117"', b"null", b"[108]"])
def test_an_unknown_label_is_refused(label, tmp_path):
    record = read(tmp_path, b'{"label": %s}' % label)[0]
    with pytest.raises(UserError, match="dev.json:1: unknown label"):
        record.label(("108", "True"))


def test_white_space_is_no_text():
    for text in ("", " \t", "\u3000\u2028"):
        with pytest.raises(UserError, match="f:1: 'text' is empty"):
            Record("f:1", {"text": text}).full_text("text")


def test_an_error_is_one_short_line_whatever_was_received():
    record = Record("f:1", {"a": ["\n\u2028" * 100_000], "b": "x" * 100_000})
    for use in (lambda: record.text("a"), lambda: record.label(["\n"], "b")):
        with pytest.raises(UserError) as error:
            use()
        assert str(error.value).splitlines() == [str(error.value)]
        assert len(str(error.value)) < 400


COLUMNS = ("sentence", "label")


@pytest.mark.parametrize(
    "content",
    [
        "好\t1\n坏\t0",
        "label\tsentence\n1\t好\n0\t坏\n",
        "\ufeffid\tlabel\tsentence\r\n0\t1\t好\r\n1\t0\t坏\r\n",
    ],
)
def test_a_line_of_names_says_which_column_is_which(content, tmp_path):
    path = tmp_path / "dev.tsv"
    path.write_bytes(content.encode())
    records = read_columns(path, COLUMNS)
    assert [[each.get(name) for name in COLUMNS] for each in records] == [
        ["好", "1"],
        ["坏", "0"],
    ]


def test_a_line_of_another_number_of_columns_is_named(tmp_path):
    path = tmp_path / "dev.tsv"
    path.write_bytes("好\t1\n坏\n".encode())
    with pytest.raises(UserError, match="dev.tsv:2: expected 2 columns"):
        read_columns(path, COLUMNS)[1].get("label")
    path.write_bytes(b"sentence\tlabel\n")
    with pytest.raises(UserError, match="the file has names of columns alone"):
        read_columns(path, COLUMNS)
