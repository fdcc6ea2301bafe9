"""dev_answers.jsonl: what a trained model answers to each dev record."""

import json

import numpy as np

from clue_baselines.harness.prediction import outputs_of
from clue_baselines.harness.results.files import write_text

DEV_ANSWERS = "dev_answers.jsonl"


def write_dev_answers(path, task, model, tokenizer, records):
    """Writes a line of JSON for each dev record, atomically.

    Its keys: `place`, file and line of the record; `texts`, a dict; `tokens`
    of its longest row; `label` and `answer`; `score` of the answer, from 0
    to 1; and where the shape of the task has probabilities, `confidence`,
    that of the answer, and `loss`, minus the logarithm of the label's.

    Args:
        path: file to write.
        task: `Task`.
        model: built model.
        tokenizer: `Tokenizer`.
        records: list of parsed records with labels.
    """
    outputs, examples = outputs_of(task, model, tokenizer, records)
    answers = task.answers(outputs, examples, records)
    details = task.details(outputs, examples, records)
    lengths = longest_rows(examples, len(records))
    lines = []
    for record, answer, detail, tokens in zip(
        records, answers, details, lengths
    ):
        row = {
            "place": record.source.place,
            "tokens": tokens,
            **detail,
            "answer": answer,
            "score": score_of(task, answer, detail["label"], record),
        }
        lines.append(json.dumps(row, ensure_ascii=False) + "\n")
    write_text(path, "".join(lines))


def score_of(task, answer, label, record):
    """Returns the task's first score of one answer."""
    if answer == label:  # F1 of no entities, all of which were found, is 0
        return 1.0
    return float(next(iter(task.score([answer], [record]).values())))


def longest_rows(examples, num_records):
    """Returns, for each record, the tokens of its longest row."""
    lengths = [0] * num_records
    for number, encoding in enumerate(examples.encodings):
        owner = examples.owners[number // examples.rows_per_example]
        lengths[owner] = max(lengths[owner], len(encoding.token_ids))
    return lengths


def probabilities(logits):
    """Softmax in float64: (classes,) -> (classes,)."""
    logits = np.asarray(logits, "float64")
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum()


def certainty(logits, answer, label):
    """Returns `confidence` and `loss` of one softmax.

    Args:
        logits: array (classes,).
        answer: int, the class that is answered.
        label: int, the right class.
    """
    shares = probabilities(logits)
    # A probability may round to 0, whose logarithm JSON cannot hold.
    loss = -np.log(max(shares[label], np.finfo("float64").tiny))
    return {"confidence": float(shares[answer]), "loss": float(loss)}
