"""The file that cluebenchmarks.com takes."""

import json

from clue_baselines.harness.files import write_text


def submission_lines(records, answers):
    """JSON, one `{"id", "label"}` a record; without "id" where it has none."""
    for record, answer in zip(records, answers):
        row = {"label": answer}
        if "id" in record.values:
            row = {"id": record.identity(), **row}
        yield json.dumps(row, ensure_ascii=False)


def write_submission(path, records, answers):
    """Writes the answers in the order of the test file's records."""
    write_text(path, "\n".join(submission_lines(records, answers)) + "\n")
