"""Learning curves as inline SVG."""

import math

from clue_baselines.harness.page.markup import tag

WIDTH, HEIGHT = 340, 210
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 30


def learning_curves(history):
    """Returns a figure for each value of the history, dev beside train."""
    names = [name.removeprefix("val_") for name in history[0]]
    names = [n for n in dict.fromkeys(names) if n not in ("epoch", "seconds")]
    return [figure(history, name) for name in names]


def figure(history, name):
    keys = {"train": name, "dev": f"val_{name}"}
    lines = {
        part: [(row["epoch"], row[key]) for row in history]
        for part, key in keys.items()
        if key in history[0]
    }
    lines = {
        part: [(x, y) for x, y in points if math.isfinite(y)]
        for part, points in lines.items()
    }
    values = [y for points in lines.values() for _, y in points] or [0.0]
    marks = ticks(min(values), max(values))
    place = scale(len(history), marks)
    parts = [grid(marks, place), epochs(len(history), place)]
    parts += [curve(points, part, place) for part, points in lines.items()]
    title = name.replace("_", " ")
    legend = [
        tag("span", tag("i", class_=f"key {part}"), part, class_="legend")
        for part in lines
    ]
    return tag(
        "figure",
        tag("figcaption", tag("b", title), legend),
        tag(
            "svg",
            parts,
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_label=f"{title} over the epochs",
        ),
    )


def ticks(low, high, count=4):
    """Returns round numbers around a range: 1, 2 or 5 times a power of 10."""
    span = (high - low) or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / count))
    step *= next(m for m in (1, 2, 5, 10) if m * step * count >= span * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    last = max(last, first + 1)
    return [round(step * number, 12) for number in range(first, last + 1)]


def scale(num_epochs, marks):
    """Returns a function from (epoch, value) to a place in the picture."""
    low, high = marks[0], marks[-1]

    def place(epoch, value):
        right = (epoch - 1) / max(1, num_epochs - 1) if num_epochs > 1 else 0.5
        up = (value - low) / (high - low)
        x = LEFT + right * (WIDTH - LEFT - RIGHT - 12) + 6
        return round(x, 1), round(HEIGHT - BOTTOM - up * plot_height(), 1)

    return place


def plot_height():
    return HEIGHT - TOP - BOTTOM


def grid(marks, place):
    parts = []
    for mark in marks:
        _, y = place(1, mark)
        parts.append(
            tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, class_="grid")
        )
        parts.append(tag("text", f"{mark:g}", x=LEFT - 7, y=y + 4, class_="y"))
    return parts


def epochs(num_epochs, place):
    step = math.ceil(num_epochs / 8)
    return [
        tag("text", epoch, x=place(epoch, 0)[0], y=HEIGHT - 12, class_="x")
        for epoch in range(1, num_epochs + 1, step)
    ]


def curve(points, part, place):
    places = [place(*point) for point in points]
    path = " ".join(f"{x},{y}" for x, y in places)
    dots = [
        tag(
            "circle",
            tag("title", f"{part}, epoch {epoch:g}: {value:.4g}"),
            cx=x,
            cy=y,
            r=3.2,
            class_=part,
        )
        for (epoch, value), (x, y) in zip(points, places)
    ]
    return [tag("polyline", points=path, class_=part), dots]
