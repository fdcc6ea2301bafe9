"""Histogram of the lengths of the dev records, right and wrong ones."""

from clue_baselines.harness.page.markup import tag

WIDTH, HEIGHT, BASE = 700, 200, 168
MOST_BARS = 24


def length_bins(answers):
    """Counts records by the tokens of their longest row.

    Returns:
        List of (first, last number of tokens, records, mean score).
    """
    lengths = [row["tokens"] for row in answers]
    low, high = min(lengths), max(lengths)
    width = max(1, -(-(high - low + 1) // MOST_BARS))
    bins = []
    for first in range(low, high + 1, width):
        scores = [
            row["score"]
            for row in answers
            if first <= row["tokens"] < first + width
        ]
        mean = sum(scores) / len(scores) if scores else 0.0
        bins.append((first, first + width - 1, len(scores), mean))
    return bins


def histogram(answers):
    """Returns the figure; the mean score of its records splits a bar."""
    bins = length_bins(answers)
    most = max(count for _, _, count, _ in bins)
    step = (WIDTH - 20) / len(bins)
    shown = -(-len(bins) // 8)
    parts = []
    for number, (first, last, count, mean) in enumerate(bins):
        x = 10 + number * step
        words = f"{first} to {last} tokens: {count} records"
        if count:
            words += f", mean score {100 * mean:.1f}"
        parts.append(bar(x, step, count / most, mean, words))
        if number % shown == 0:
            middle = round(x + step / 2, 1)
            parts.append(tag("text", first, x=middle, y=192, class_="x"))
    keys = [
        tag("span", tag("i", class_=f"key {name}"), words, class_="legend")
        for name, words in (("right", "right"), ("wrong", "wrong"))
    ]
    return tag(
        "figure",
        tag(
            "figcaption",
            tag("b", "records by tokens"),
            keys,
            tag("span", f"the highest bar: {most:,}", class_="legend"),
        ),
        tag(
            "svg",
            tag("line", x1=10, x2=690, y1=BASE, y2=BASE, class_="grid"),
            parts,
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_label="how many records have how many tokens",
            class_="broad",
        ),
        class_="wide",
    )


def bar(x, step, share, mean, words):
    """A bar of two parts: the score of its records, and what is missing."""
    whole = share * (BASE - 10)
    right = whole * mean
    sizes = {"x": round(x + 1, 1), "width": round(max(1, step - 2), 1)}

    def part(name, top, height):
        return tag(
            "rect",
            **sizes,
            y=round(top, 1),
            height=round(height, 1),
            class_=name,
        )

    return tag(
        "g",
        tag("title", words),
        part("wrong", BASE - whole, whole - right),
        part("right", BASE - right, right),
    )
