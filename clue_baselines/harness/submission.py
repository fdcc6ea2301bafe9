"""The files that cluebenchmarks.com takes: three forms."""

import json

from clue_baselines.harness.files import write_text


def json_lines(records, answers):
    """One `{"id", "label"}` a line; without "id" where a record has none."""
    return "".join(line + "\n" for line in answer_lines(records, answers))


def answer_lines(records, answers):
    for record, answer in zip(records, answers):
        row = {"label": answer}
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


def write_submission(path, writer, records, answers):
    """Writes the answers in the order of the test file's records."""
    write_text(path, writer(records, answers))
