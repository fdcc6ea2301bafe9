"""The hardest dev records with their texts."""

from clue_baselines.harness.page.markup import tag
from clue_baselines.harness.page.runs import hardest
from clue_baselines.harness.page.runs import text_of

SHORT = 160  # characters of a text that is shown as a whole


def examples(answers):
    """Returns the list of the answers that are most wrong."""
    found = hardest(answers)
    if not found:
        return tag("p", "No answer is wrong.")
    order = "largest loss" if "loss" in found[0] else "lowest score"
    return [
        tag("h3", f"The hardest {len(found)}, by the {order}"),
        [example(row) for row in found],
    ]


def example(row):
    verdict = [
        tag("span", "label: ", tag("b", text_of(row["label"])), class_="label"),
        tag(
            "span",
            "answer: ",
            tag("b", text_of(row["answer"])),
            class_="answer",
        ),
    ]
    for name in ("confidence", "loss"):
        if name in row:
            verdict.append(
                tag("span", f"{name} {row[name]:.3f}", class_="soft")
            )
    if 0 < row["score"]:
        words = f"score {100 * row['score']:.1f}"
        verdict.append(tag("span", words, class_="soft"))
    verdict.append(tag("span", row["place"], class_="soft"))
    return tag(
        "div",
        tag("div", verdict, class_="verdict"),
        [text(name, value) for name, value in row["texts"].items() if value],
        class_="example",
    )


def text(name, value):
    """Returns a text; of a long one the beginning, and the rest on a click."""
    head = tag("span", f"{name}: ", class_="soft small")
    if len(value) <= SHORT:
        return tag("div", head, value, class_="text")
    beginning = tag("summary", head, value[:SHORT], " …")
    return tag(
        "details", beginning, tag("div", value, class_="text"), class_="text"
    )
