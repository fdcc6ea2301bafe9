"""The table of scores, on the screen and in files."""

import json

from clue_baselines.harness.embedding.similarities import without_nan
from keras_addons.files import written_together


def rows_of(table):
    """Yields task, name of the score, and its value times 100."""
    for task, scores in table.items():
        for name, value in scores.items():
            yield task, name.replace("_", " "), 100 * value
    yield "mean", "of the first scores", 100 * mean_of(table)


def mean_of(table):
    """Returns the mean of the first score of each task."""
    firsts = [next(iter(scores.values())) for scores in table.values()]
    return sum(firsts) / len(firsts)


def print_table(table):
    for task, name, value in rows_of(table):
        print(f"{task:10}{name:22}{value:8.2f}")


def write_table(folder, table, description):
    """Writes embed.json and embed.md, both or none.

    Args:
        folder: `Path`.
        table: dict from task to a dict from score to value.
        description: dict, how the vectors were made.
    """
    lines = [f"- {name}: `{value}`" for name, value in description.items()]
    lines += ["", "| task | score | x 100 |", "| --- | --- | --- |"]
    lines += [f"| {t} | {n} | {value:.2f} |" for t, n, value in rows_of(table)]
    content = {**description, "scores": without_nan(table)}
    text = json.dumps(content, ensure_ascii=False, indent=2)
    with written_together(folder) as temporary:
        for name, written in (("embed.json", text), ("embed.md", None)):
            written = written or "\n".join(lines)
            (temporary / name).write_text(written + "\n", encoding="utf8")
