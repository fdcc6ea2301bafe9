"""Answers to reading questions and names in texts, by rules without weights."""

import re
from collections import Counter
from collections import defaultdict
from difflib import SequenceMatcher

CLAUSE_END = re.compile(r"[，。！？；、,!?;\n：:（）()]")


def longest_run(first, second):
    """The length of the longest run of characters that both texts have."""
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.find_longest_match().size


def choices_by_overlap(records):
    """Chooses the choice with the longest run of characters in the text.

    Of equal ones the longer share of the choice counts.

    Args:
        records: list with `context` and `choices`.

    Returns:
        List of the place of a choice for each.
    """
    answers = []
    for record in records:
        runs = [longest_run(each, record.context) for each in record.choices]
        keys = [
            (run, run / max(1, len(choice)))
            for run, choice in zip(runs, record.choices)
        ]
        answers.append(keys.index(max(keys)))
    return answers


def shared_characters(first, second):
    return sum((Counter(first) & Counter(second)).values())


def answers_by_clause(records):
    """Answers with the clause that has most of the question's characters.

    Args:
        records: list with `context` and `question`.

    Returns:
        List of strings.
    """
    answers = []
    for record in records:
        clauses = [c for c in CLAUSE_END.split(record.context) if c.strip()]
        answers.append(
            max(
                clauses,
                key=lambda clause: shared_characters(clause, record.question),
            )
        )
    return answers


def entities_by_dictionary(train, dev):
    """Finds the entities of the training texts again, the longest first.

    From the left, at each character the longest known name is taken, with the
    type that it has most often. Names of one character are left out: most
    places where they stand are no names.

    Args:
        train: list with `entities`, sets of (type, first, last character).
        dev: list with `text`.

    Returns:
        List of {type: {name: [[first, last character]]}}.
    """
    counts = defaultdict(Counter)
    for record in train:
        for kind, first, last in record.entities:
            counts[record.text[first : last + 1]][kind] += 1
    kinds = {
        name: each.most_common(1)[0][0]
        for name, each in counts.items()
        if len(name) > 1
    }
    longest = max(map(len, kinds))
    return [names_in(record.text, kinds, longest) for record in dev]


def names_in(text, kinds, longest):
    """Returns the names in one text, as `entities_by_dictionary`."""
    found, start = {}, 0
    while start < len(text):
        for stop in range(min(len(text), start + longest), start, -1):
            name = text[start:stop]
            if name in kinds:
                places = found.setdefault(kinds[name], {})
                places.setdefault(name, []).append([start, stop - 1])
                start = stop
                break
        else:
            start += 1
    return found
