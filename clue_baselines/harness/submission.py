"""The files that cluebenchmarks.com takes: four forms."""

import json

from clue_baselines.harness.files import write_text


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
