"""Which labels are taken for which others."""

from collections import Counter

from clue_baselines.harness.page.markup import tag

MOST_CLASSES = 24  # of a matrix that can be read
CELL, MARGIN = 30, 64


def counted(answers):
    """Returns a Counter of (label, answer); None if labels are no names."""
    simple = (str, int)
    if not all(
        isinstance(row["label"], simple) and isinstance(row["answer"], simple)
        for row in answers
    ):
        return None
    return Counter((str(row["label"]), str(row["answer"])) for row in answers)


def confusions(counts, most=8):
    """Returns (label, answer, count, share of the label), most first."""
    totals = Counter()
    for (label, _), count in counts.items():
        totals[label] += count
    wrong = [(c, pair) for pair, c in counts.items() if pair[0] != pair[1]]
    wrong.sort(key=lambda each: (-each[0], each[1]))
    return [
        (label, answer, count, count / totals[label])
        for count, (label, answer) in wrong[:most]
    ]


def names_of(counts, names):
    """Returns the labels in the order of the task, others behind."""
    seen = {name for pair in counts for name in pair}
    ordered = [str(name) for name in names or () if str(name) in seen]
    return ordered + sorted(seen - set(ordered))


def matrix(counts, names=None):
    """Returns the figure; a row is a label, and its cells sum up to 1.

    None where there are too many classes for it to be read.
    """
    names = names_of(counts, names)
    if len(names) > MOST_CLASSES:
        return None
    size = MARGIN + CELL * len(names) + 8
    totals = {
        label: sum(counts[label, answer] for answer in names) or 1
        for label in names
    }
    parts = []
    for row, label in enumerate(names):
        y = 8 + row * CELL
        parts.append(
            tag("text", cut(label), x=MARGIN - 8, y=y + 19, class_="y")
        )
        for column, answer in enumerate(names):
            count = counts[label, answer]
            x = MARGIN + column * CELL
            parts.append(cell(x, y, count, totals[label], label, answer))
    for column, answer in enumerate(names):
        x, y = MARGIN + column * CELL + 15, 20 + CELL * len(names)
        turn = f"rotate(-50 {x + 4} {y})"
        parts.append(
            tag("text", cut(answer), x=x + 4, y=y, class_="y", transform=turn)
        )
    return tag(
        "figure",
        tag("figcaption", tag("b", "label (row) and answer (column)")),
        tag(
            "svg",
            parts,
            viewBox=f"0 0 {size} {size}",
            role="img",
            aria_label="confusion matrix",
            class_="matrix",
            style=f"max-width:{min(640, max(260, size * 1.2)):.0f}px",
        ),
        class_="wide",
    )


def cell(x, y, count, total, label, answer):
    share = count / total
    name = "right" if label == answer else "wrong"
    words = f"{label} answered as {answer}: {count} of {total}"
    parts = [
        tag("title", words),
        tag(
            "rect",
            x=x + 1,
            y=y + 1,
            width=CELL - 2,
            height=CELL - 2,
            rx=3,
            class_="empty",
        ),
        tag(
            "rect",
            x=x + 1,
            y=y + 1,
            width=CELL - 2,
            height=CELL - 2,
            rx=3,
            class_=name,
            style=f"opacity:{share**0.6:.2f}",
        ),
    ]
    if count:
        kind = "x strong" if share > 0.35 else "x count"
        parts.append(tag("text", count, x=x + CELL / 2, y=y + 19, class_=kind))
    return tag("g", parts)


def cut(name):
    return name if len(name) <= 10 else name[:9] + "…"
