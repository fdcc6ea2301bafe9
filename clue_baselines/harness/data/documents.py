"""Data of other forms: C3's dialogues, CMRC2018's passages, CHID's idioms."""

import json

from clue_baselines.harness.data.reading import content_of
from clue_baselines.harness.data.reading import decoded
from clue_baselines.harness.data.reading import read_json_lines
from clue_baselines.harness.data.record import Record
from clue_baselines.harness.data.record import shown
from clue_baselines.harness.errors import UserError
from clue_baselines.harness.errors import one_line


def read_json(path):
    """Reads a file of one JSON value."""
    text = decoded(content_of(path), path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON ({error})") from None


def read_dialogues(path):
    """Reads C3's form: [[[line, ...], [{question, choice, answer}], id]].

    Returns:
        A `Record` per question: `context`, its lines joined, and the question
        with all that it has, such as the `id` of a test.
    """
    return records_of_entries(read_json(path), path, "text", dialogue_records)


def dialogue_records(entry, place):
    lines, questions = entry[:2]
    context = "\n".join(lines)
    return [
        Record(f"{place}, question {i}", {**each, "context": context})
        for i, each in enumerate(questions, start=1)
    ]


def read_passages(path):
    """Reads SQuAD's form, as CMRC2018 has it.

    Returns:
        A `Record` per question: `id`, `context`, `question` and, where there
        are answers, the list `answers` and the `answer_start` of the first.
    """
    content = read_json(path)
    if not isinstance(content, dict) or "data" not in content:
        raise UserError(f"{path}: not of the form data, paragraphs, qas")
    return records_of_entries(content["data"], path, "article", passage_records)


def passage_records(article, place):
    path = place.rpartition(":")[0]
    records = []
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
            number = one_line(shown(asked["id"]).strip("'"))
            records.append(Record(f"{path}: {number}", values))
    return records


def read_idiom_texts(path):
    """Reads CHID's form: a record a line, the answers in a file beside it.

    Returns:
        A `Record` per line with `content`, `candidates` and, where there is
        NAME_answer.json beside NAME.json, the `answers` of all its lines.
    """
    records = read_json_lines(path)
    answer_path = path.with_name(f"{path.stem}_answer.json")
    if not answer_path.exists():
        return records
    answers = read_json(answer_path)
    if not isinstance(answers, dict):
        raise UserError(f"{answer_path}: not a JSON object")
    return [
        record._replace(content={**record.content, "answers": answers})
        if isinstance(record.content, dict)
        else record
        for record in records
    ]


def records_of_entries(entries, path, kind, records_of_entry):
    """Returns the records of all entries of a file of one JSON value.

    An entry of another form becomes one `Record` that holds the error.
    """
    records = []
    if not isinstance(entries, list):
        raise UserError(f"{path}: must hold a list of {kind}s")
    for number, entry in enumerate(entries, start=1):
        place = f"{path}: {kind} {number}"
        try:
            records += records_of_entry(entry, place)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            message = f"{place}: not of the expected form ({error!r})"
            records.append(Record(place, UserError(message)))
    return not_empty(records, path)


def not_empty(records, path):
    if not records:
        raise UserError(f"{path}: the file is empty")
    return records
