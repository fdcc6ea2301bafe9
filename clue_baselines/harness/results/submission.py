"""The files that cluebenchmarks.com takes: written, and read to be checked."""

import json
from pathlib import Path

from clue_baselines.harness.data.record import Record
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import user_errors
from clue_baselines.harness.results.files import write_text


def json_lines(records, answers, key="label"):
    """One `{"id", "label"}` a line; without "id" where a record has none."""
    lines = answer_lines(records, answers, key)
    return "".join(line + "\n" for line in lines)


def answer_lines(records, answers, key="label"):
    for record, answer in zip(records, answers):
        row = {key: answer}
        if "id" in record.source.values:
            row = {"id": record.source.identity(), **row}
        yield json.dumps(row, ensure_ascii=False)


def json_object(records, answers):
    """One object from id to answer, as CMRC2018 wants it."""
    by_id = {
        str(record.source.identity()): answer
        for record, answer in zip(records, answers)
    }
    return json.dumps(by_id, ensure_ascii=False, indent=2) + "\n"


def idiom_answers(records, answers):
    """One object from blank to idiom for CHID; FewCLUE's: a line for each.

    A line is `{"id", "answer"}`, since a record of FewCLUE has one blank.
    """
    if all(isinstance(answer, int) for answer in answers):
        return json_lines(records, answers, key="answer")
    together = {
        blank: choice for answer in answers for blank, choice in answer.items()
    }
    return json.dumps(together, ensure_ascii=False, indent=2) + "\n"


def write_submission(path, writer, records, answers):
    """Writes the answers in the order of the test file's records."""
    write_text(path, writer(records, answers))


def read_json_object(path):
    """Reads what `json_object` wrote.

    Returns:
        A `Record` with `id` and `label` for each answer.

    Raises:
        UserError: the file is not one JSON object, or it has a key twice.
    """
    with user_errors():
        content = Path(path).read_bytes()
    try:
        pairs = json.loads(content.decode("utf8"), object_pairs_hook=Pairs)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON ({error})") from None
    if not isinstance(pairs, Pairs):
        raise UserError(f"{path}: not a JSON object")
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        again = next(key for key in keys if keys.count(key) > 1)
        raise UserError(f"{path}: key {again!r} is there twice")
    return [
        Record(f"{path}: key {key!r}", {"id": key, "label": answer})
        for key, answer in pairs
    ]


class Pairs(list):
    """The keys and values of a JSON object, in which a key may be twice."""
