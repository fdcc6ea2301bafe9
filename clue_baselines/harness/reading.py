"""Data files, each record with the place it was read from."""

import json
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors


class Record(NamedTuple):
    """One record of a file and where it stands, as `FILE:LINE`."""

    place: str
    values: dict

    def get(self, key):
        if key not in self.values:
            raise UserError(f"{self.place}: key '{key}' is missing")
        return self.values[key]

    def text(self, key):
        """Returns the value of `key`, which must be a string."""
        text = self.get(key)
        if not isinstance(text, str):
            raise UserError(
                f"{self.place}: '{key}' must be a string. Received: {text!r}"
            )
        self.refuse_half_characters(key, text)
        return text

    def texts(self, key):
        """Returns the value of `key`, which must be a list of strings."""
        texts = self.get(key)
        if not isinstance(texts, list) or not texts:
            raise UserError(
                f"{self.place}: '{key}' must be a list of strings. "
                f"Received: {texts!r}"
            )
        return [Record(self.place, {key: each}).text(key) for each in texts]

    def identity(self, key="id"):
        """Returns what a submission calls the record: a number or a string.

        Raises:
            UserError: a submission cannot hold it, such as null, NaN and
                half a character.
        """
        identity = self.get(key)
        is_infinite = isinstance(identity, float) and not isfinite(identity)
        if type(identity) not in (int, float, str) or is_infinite:
            raise UserError(
                f"{self.place}: '{key}' must be a number or a string. "
                f"Received: {identity!r}"
            )
        self.refuse_half_characters(key, str(identity))
        return identity

    def refuse_half_characters(self, key, text):
        """Raises where a string cannot be written as UTF-8."""
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise UserError(f"{self.place}: '{key}' holds half a character")

    def label(self, labels, key="label"):
        """Returns the position in `labels`; 108 and "108" are the same."""
        label = self.get(key)
        if isinstance(label, bool) or str(label) not in labels:
            raise UserError(
                f"{self.place}: unknown label {label!r}, "
                f"expected one of {', '.join(labels)}"
            )
        return labels.index(str(label))


def read_json_lines(path):
    """Reads a file of one JSON object a line; blank lines are skipped."""
    return [
        Record(place, parse(line, place)) for place, line in read_lines(path)
    ]


def read_tab_separated(path, columns):
    """Reads a file of tab-separated columns; blank lines are skipped."""
    records = []
    for place, line in read_lines(path):
        values = line.split("\t")
        if len(values) != len(columns):
            raise UserError(
                f"{place}: expected {len(columns)} columns separated by "
                f"tabs. Received: {len(values)}"
            )
        records.append(Record(place, dict(zip(columns, values))))
    return records


def read_plain_lines(path, key):
    """Reads a file of one text a line; blank lines are skipped."""
    return [Record(place, {key: line}) for place, line in read_lines(path)]


def read_json(path):
    """Reads a file of one JSON value."""
    with user_errors():
        content = Path(path).read_bytes()
    try:
        return json.loads(content.decode("utf8"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON ({error})") from None


def read_dialogues(path):
    """Reads C3's form: [[[line, ...], [{question, choice, answer}], id]].

    Returns:
        A `Record` per question: `context`, its lines joined, and the question
        with all that it has, such as the `id` of a test.
    """
    records = []
    for number, entry in enumerate(read_json(path), start=1):
        place = f"{path}: text {number}"
        try:
            lines, questions = entry[:2]
            context = "\n".join(lines)
            records += [
                Record(f"{place}, question {i}", {**each, "context": context})
                for i, each in enumerate(questions, start=1)
            ]
        except (TypeError, ValueError, KeyError):
            raise UserError(
                f"{place}: must be [lines, questions, name]"
            ) from None
    return not_empty(records, path)


def read_passages(path):
    """Reads SQuAD's form, as CMRC2018 has it.

    Returns:
        A `Record` per question: `id`, `context`, `question` and, where there
        are answers, the list `answers` and the `answer_start` of the first.
    """
    records = []
    try:
        for article in read_json(path)["data"]:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    values = {
                        "id": asked["id"],
                        "context": paragraph["context"],
                        "question": asked["question"],
                    }
                    answers = asked.get("answers")
                    if answers:
                        values["answers"] = [each["text"] for each in answers]
                        values["answer_start"] = answers[0]["answer_start"]
                    records.append(Record(f"{path}: {asked['id']}", values))
    except (TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"{path}: not of the form data, paragraphs, qas ({error!r}), "
            f"after {len(records)} questions"
        ) from None
    return not_empty(records, path)


def not_empty(records, path):
    if not records:
        raise UserError(f"{path}: the file is empty")
    return records


def read_lines(path):
    """The lines that are not blank, each after its place `FILE:LINE`."""
    with user_errors():
        content = Path(path).read_bytes()
    # Not splitlines(): a text may hold U+2028, a line break to Python.
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    places = [
        (f"{path}:{number}", decoded(line, f"{path}:{number}"))
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not places:
        raise UserError(f"{path}: the file is empty")
    return places


def decoded(line, place):
    try:
        return line.decode("utf8").removesuffix("\r")
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
