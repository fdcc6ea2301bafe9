"""Data files of a record a line."""

import json
from pathlib import Path

from clue_baselines.harness.data.record import Record
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors


def read_json_lines(path):
    """Reads a file of one JSON object a line; blank lines are skipped."""
    return records_in(path, lambda line, place: parse(line, place))


def read_tab_separated(path, columns):
    """Reads a file of tab-separated columns; blank lines are skipped."""

    def parse_columns(line, place):
        values = line.split("\t")
        if len(values) != len(columns):
            raise UserError(
                f"{place}: expected {len(columns)} columns separated by "
                f"tabs. Received: {len(values)}"
            )
        return dict(zip(columns, values))

    return records_in(path, parse_columns)


def read_columns(path, columns):
    """As `read_tab_separated`; a first line that names columns is used.

    Args:
        path: of the file.
        columns: tuple of strings, the columns where no line names them. The
            names are given in any order, among others, in the first line.
    """
    _, first = raw_lines(path)[0]
    names = first.decode("utf8", "replace").removesuffix("\r").split("\t")
    if not set(columns) <= set(names):
        return read_tab_separated(path, columns)
    records = read_tab_separated(path, names)[1:]
    if not records:
        raise UserError(f"{path}: the file has names of columns alone")
    return records


def read_plain_lines(path, key):
    """Reads a file of one text a line; blank lines are skipped."""
    return records_in(path, lambda line, place: {key: line})


def records_in(path, parse_line):
    """Returns a `Record` for each line that is not blank.

    Args:
        path: of a file of UTF-8 text.
        parse_line: function of a line and its place that returns a dict, or
            raises the `UserError` that is then the content of the record.
    """
    records = []
    for place, line in raw_lines(path):
        try:
            content = parse_line(decoded(line, place), place)
        except UserError as error:
            content = error
        records.append(Record(place, content))
    return records


def read_lines(path):
    """The lines that are not blank, each after its place `FILE:LINE`."""
    return [(place, decoded(line, place)) for place, line in raw_lines(path)]


def raw_lines(path):
    """As `read_lines`, of bytes."""
    content = content_of(path)
    # Not splitlines(): a text may hold U+2028, a line break to Python.
    lines = [
        (f"{path}:{number}", line)
        for number, line in enumerate(content.split(b"\n"), start=1)
        if line.strip()
    ]
    if not lines:
        raise UserError(f"{path}: the file is empty")
    return lines


def content_of(path):
    """Returns the bytes of a UTF-8 file, without a byte order mark."""
    with user_errors():
        content = Path(path).read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path}: UTF-16 text; save it as UTF-8")
    return content.removeprefix(b"\xef\xbb\xbf")


def decoded(content, place):
    try:
        return content.decode("utf8").removesuffix("\r")
    except UnicodeDecodeError:
        raise UserError(f"{place}: not UTF-8 text") from None


def parse(line, place):
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: not JSON ({error})") from None
    if not isinstance(values, dict):
        raise UserError(f"{place}: not a JSON object")
    return values


def records_of(values, name):
    """Wraps records that were not read from a file."""
    return [
        Record(f"{name}:{number}", record)
        for number, record in enumerate(values, start=1)
    ]
