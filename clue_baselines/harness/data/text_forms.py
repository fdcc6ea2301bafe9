"""What a record says of a text: one string, several, or spans to be marked.

Each form is a function of a `Record` and a key that returns the text.
"""

from clue_baselines.harness.data.record import Record
from clue_baselines.harness.data.record import shown
from clue_baselines.harness.errors import UserError

SEPARATOR = "；"
# The marks around the first and the second span: CLUE's WSC writes them so.
MARKS = (("_", "_"), ("[", "]"))


def plain(record, key):
    """Returns the string itself, which must not be empty."""
    return record.full_text(key)


def joined(record, key):
    """Returns a list of strings, such as keywords, as one text.

    A string is taken as it is: columns between tabs hold no lists.
    """
    if isinstance(record.get(key), str):
        return record.full_text(key)
    return SEPARATOR.join(record.texts(key))


def marked(record, key):
    """Returns the text with its two spans marked: `_first_` and `[second]`.

    They are in `target`: {span1_text, span1_index, span2_text, span2_index},
    where an index is that of the span's first character.

    Raises:
        UserError: a span does not stand where its index says.
    """
    text = record.full_text(key)
    inserted = []
    for number, marks in enumerate(MARKS, start=1):
        start, end = span_of(record, text, f"span{number}")
        inserted += [(start, 1, marks[0]), (end, 0, marks[1])]
    # From the end, so that no mark moves the place of one to come.
    for place, _, mark in sorted(inserted, reverse=True):
        text = text[:place] + mark + text[place:]
    return text


def span_of(record, text, name):
    """Returns the first character of a span and the one after its last."""
    target = record.get("target")
    if not isinstance(target, dict):
        raise UserError(
            f"{record.place}: 'target' must be {{span1_text, span1_index, "
            f"span2_text, span2_index}}. Received: {shown(target)}"
        )
    within = Record(f"{record.place}: in 'target'", target)
    span = within.full_text(f"{name}_text")
    start = within.whole_number(f"{name}_index")
    end = start + len(span)
    if start < 0 or text[start:end] != span:
        raise UserError(
            f"{record.place}: '{name}_text' {shown(span)} is not at "
            f"'{name}_index' {shown(start)} of the text"
        )
    return start, end


FORMS = {"plain": plain, "joined": joined, "marked": marked}
