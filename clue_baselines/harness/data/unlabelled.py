"""Texts without their labels, from plain files and from those of the tasks.

A file is read by the end of its name: `.json` and `.jsonl` in the forms of
CLUE's tasks, `.tsv` and `.data` as texts and a label between tabs, any other
as a text a line. What a task gives to its model as a pair stays a pair.
"""

from typing import NamedTuple

from clue_baselines.harness.data.documents import read_dialogues
from clue_baselines.harness.data.documents import read_passages
from clue_baselines.harness.data.reading import parse
from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.reading import read_lines
from clue_baselines.harness.errors import UserError

# Keys of the first text of a record, and of the one that it is paired with.
FIRST = ("sentence", "sentence1", "text", "abst", "content")
SECOND = ("sentence2", "keywords", "keyword")
SUFFIXES = (".json", ".jsonl", ".tsv", ".data", ".txt")


class Texts(NamedTuple):
    """Different texts and pairs of texts, in the order of their files."""

    singles: list
    pairs: list


def read_texts(paths):
    """Reads the texts of files, each text and each pair once.

    Args:
        paths: list of paths.

    Returns:
        `Texts`.

    Raises:
        UserError: a file cannot be read, or a record in it has no text.
    """
    return once_each(texts for path in paths for texts in reader_of(path)(path))


def once_each(all_texts):
    """Returns the `Texts` of tuples of one or two strings; blank ones go."""
    found = {}
    for texts in all_texts:
        texts = tuple(text.strip() for text in texts if text.strip())
        if texts:
            found[texts] = None
    return Texts(
        [texts[0] for texts in found if len(texts) == 1],
        [texts for texts in found if len(texts) == 2],
    )


def files_of(folder, parts):
    """Returns the data files below a folder whose names hold a part's name.

    Args:
        folder: path.
        parts: list of strings, such as "train".

    Raises:
        UserError: there is no such file.
    """
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in SUFFIXES and any(part in path.stem for part in parts)
    ]
    if not paths:
        raise UserError(
            f"{folder}: no file of {', '.join(SUFFIXES)} whose name holds "
            f"{' or '.join(parts)}"
        )
    return paths


def reader_of(path):
    """Returns the function from a path to tuples of one or two texts."""
    if path.suffix in (".tsv", ".data"):
        return texts_between_tabs
    if path.suffix not in (".json", ".jsonl"):
        return lambda path: [(line,) for _, line in read_lines(path)]
    place, line = read_lines(path)[0]
    if line.lstrip().startswith("["):
        return lambda path: texts_of_questions(read_dialogues(path))
    if line.strip() == "{" or "data" in parse(line, place):
        return lambda path: texts_of_questions(read_passages(path))
    return lambda path: map(texts_of_record, read_json_lines(path))


def texts_between_tabs(path):
    """Yields the one or two texts before the label of each line."""
    for place, line in read_lines(path):
        *texts, _ = line.split("\t")
        if len(texts) not in (1, 2):
            raise UserError(
                f"{place}: expected one or two texts and a label between "
                f"tabs. Received: {len(texts) + 1} columns"
            )
        yield tuple(texts)


def texts_of_record(record):
    """Returns the text of a record of JSON and, if it has one, its pair."""
    keys = [key for key in FIRST if key in record.values]
    if not keys:
        raise UserError(
            f"{record.place}: no text: expected one of the keys "
            f"{', '.join(FIRST)}"
        )
    texts = [record.text(keys[0])]
    for key in SECOND:
        if isinstance(record.values.get(key), list):
            texts.append("；".join(record.texts(key)))
        elif key in record.values:
            texts.append(record.text(key))
    return tuple(texts[:2])


def texts_of_questions(records):
    """Yields the text and the question of each record."""
    for record in records:
        yield (record.text("context"),)
        yield (record.text("question"),)
