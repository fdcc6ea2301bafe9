"""Precision, recall and F1 of each type of entities."""


def entities(label):
    """Returns the set of (type, start, end) of {type: {text: places}}."""
    return {
        (name, *place)
        for name, texts in label.items()
        for places in texts.values()
        for place in places
    }


def is_entities(label):
    """Whether a label has that form, and not {blank: number}."""
    return isinstance(label, dict) and all(
        isinstance(texts, dict) for texts in label.values()
    )


def by_type(answers):
    """Returns (type, entities, precision, recall, F1), the worst type first.

    None where the answers are no entities.
    """
    if not all(is_entities(row["label"]) for row in answers):
        return None
    counts = {}
    for row in answers:
        actual, found = entities(row["label"]), entities(row["answer"])
        for name, right, wanted, given in (
            *((each[0], each in found, 1, 0) for each in actual),
            *((each[0], 0, 0, 1) for each in found),
        ):
            total = counts.setdefault(name, [0, 0, 0])
            for place, value in enumerate((right, wanted, given)):
                total[place] += value
    rows = [
        (
            name,
            wanted,
            right / max(1, given),
            right / max(1, wanted),
            2 * right / (wanted + given),
        )
        for name, (right, wanted, given) in counts.items()
    ]
    return sorted(rows, key=lambda row: (row[-1], row[0]))
