"""Entities of a text as CLUENER has them: {type: {text: [[first, last]]}}."""

from typing import NamedTuple

from clue_baselines.harness.data.record import Record
from clue_baselines.harness.data.record import shown
from clue_baselines.harness.errors import UserError


class Sentence(NamedTuple):
    """A parsed record; an entity is (type, first character, last one)."""

    source: Record
    text: str
    entities: set | None


def places_in(record):
    """Returns the entities as a submission holds them; see `entities_in`."""
    label = {}
    for name, start, end in sorted(record.entities):
        places = label.setdefault(name, {})
        text = record.text[start : end + 1]
        places.setdefault(text, []).append([start, end])
    return label


def entities_in(label):
    """Yields (type, first, last character) of {type: {text: places}}."""
    for name, texts in label.items():
        for places in texts.values():
            for start, end in places:
                yield name, start, end


def entities_of(record, text, types):
    """Returns the entities of a labelled record, which must be in its text."""
    try:
        found = set(entities_in(record.get("label")))
        is_inside = all(
            type(start) is type(end) is int and 0 <= start <= end < len(text)
            for _, start, end in found
        )
    except (AttributeError, TypeError, ValueError):
        is_inside = False
    if not is_inside:
        raise UserError(
            f"{record.place}: 'label' must be {{type: {{text: [[first, last "
            f"character]]}}}}. Received: {shown(record.get('label'))}"
        )
    for name, _, _ in found:
        if name not in types:
            raise UserError(
                f"{record.place}: unknown type {shown(name)} in 'label', "
                f"expected one of {', '.join(types)}"
            )
    return found
