"""The same in Markdown, with the published scores of all tasks."""

import html
import re

from clue_baselines.harness.page import published
from clue_baselines.harness.page.confusion import confusions
from clue_baselines.harness.page.confusion import counted
from clue_baselines.harness.page.entities import by_type
from clue_baselines.harness.page.runs import hardest
from clue_baselines.harness.page.runs import text_of

LONGEST = 200  # characters of a text


def markdown(runs):
    """Returns the report about a list of `Run`."""
    parts = ["# CLUE baselines: results", scores(runs)]
    for part in ("dev", "test"):
        parts += [f"## Published scores on {part}", published_table(part)]
        parts.append(
            f"{published.SOURCES[part]}; cmrc2018: "
            f"{published.metric('cmrc2018', part)}; cluener: "
            f"{published.metric('cluener', part)}; else accuracy."
        )
    for run in runs:
        parts += [f"## {plain(run.name)}", *details(run)]
    return "\n\n".join(parts) + "\n"


def scores(runs):
    rows = []
    for run in runs:
        reference = published.published(run.name, "dev")
        best = reference.get(published.REFERENCE)
        data = "generated sample data" if run.is_sample else run.metrics["data"]
        rows.append(
            (
                run.name,
                run.metric or "loss",
                run.metrics["loss"] if run.score is None else run.score,
                "-" if run.is_sample or best is None else best,
                f"{run.metrics['best_epoch']}",
                data,
            )
        )
    heads = ("run", "on dev", "score", f"{published.REFERENCE}, dev")
    return table((*heads, "best epoch", "data"), rows)


def published_table(part):
    rows = [
        (model, *("-" if score is None else score for score in row))
        for model, row in published.PARTS[part].items()
    ]
    return table(("model", *published.COLUMNS), rows)


def details(run):
    if not run.answers:
        return ["No dev_answers.jsonl."]
    parts = []
    counts, types = counted(run.answers), by_type(run.answers)
    if counts is not None:
        rows = [
            (label, answer, count, f"{100 * share:.1f} %")
            for label, answer, count, share in confusions(counts)
        ]
        heads = ("label", "answered as", "records", "of the label")
        parts.append(table(heads, rows))
    elif types is not None:
        heads = ("type", "entities", "precision", "recall", "F1")
        rows = [
            (name, count, *(100 * value for value in values))
            for name, count, *values in types
        ]
        parts.append(table(heads, rows))
    rows = [
        (
            " / ".join(cut(value) for value in row["texts"].values() if value),
            text_of(row["label"]),
            text_of(row["answer"]),
            row["place"],
        )
        for row in hardest(run.answers)
    ]
    return [*parts, table(("hardest texts", "label", "answer", "place"), rows)]


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(map(cell, line)) + " |" for line in lines
    )


def cell(value):
    if isinstance(value, float):
        return f"{value:.2f}"
    return value if value == "---" else plain(value)


def cut(text):
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def plain(value):
    """Escapes what Markdown or HTML would read as their own signs."""
    text = " ".join(str(value).split())
    text = html.escape(text, quote=False)
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", text)
