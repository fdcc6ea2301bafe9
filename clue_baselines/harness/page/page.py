"""The page as a whole: one HTML file that needs nothing else."""

from clue_baselines.harness.page import published
from clue_baselines.harness.page.markup import Markup
from clue_baselines.harness.page.markup import tag
from clue_baselines.harness.page.sections import section
from clue_baselines.harness.page.style import STYLE

TITLE = "CLUE baselines: results"


def page(runs):
    """Returns the HTML page about a list of `Run`."""
    head = [
        tag("meta", charset="utf-8"),
        tag(
            "meta",
            name="viewport",
            content="width=device-width, initial-scale=1",
        ),
        tag("title", TITLE),
        tag("style", Markup(STYLE)),
    ]
    body = tag(
        "main",
        tag("h1", TITLE),
        tag("p", summary(runs), class_="soft"),
        sample_note(runs),
        tag("nav", [card(run) for run in runs], class_="cards"),
        [section(run) for run in runs],
    )
    whole = tag("html", tag("head", head), tag("body", body), lang="en")
    return f"<!DOCTYPE html>\n{whole}\n"


def summary(runs):
    versions = {
        run.metrics.get("versions", {}).get("keras_addons") for run in runs
    }
    found = ", ".join(sorted(filter(None, versions))) or "of no known version"
    plural = "run" if len(runs) == 1 else "runs"
    return f"{len(runs)} {plural} of keras_addons {found}; scores times 100."


def sample_note(runs):
    names = [run.name for run in runs if run.is_sample]
    if not names:
        return None
    return tag(
        "p",
        tag("b", "Generated sample data: "),
        f"{', '.join(names)}. These figures show that the program works and "
        "say nothing about real data.",
        class_="note",
    )


def card(run):
    """Returns the score of a run, which leads to its section."""
    if run.score is None:
        number, metric = f"{run.metrics['loss']:.3f}", "loss"
    else:
        number = f"{run.score:.2f}"
        metric = f"dev {run.metric.replace('_', ' ')}"
    return tag(
        "a",
        tag("div", tag("b", run.name)),
        tag("div", number, class_="number"),
        tag("div", metric, class_="small soft"),
        tag("div", comparison(run), class_="small soft"),
        class_="card",
        href=f"#{run.name}",
    )


def comparison(run):
    """Says how far the published score is, where the two can be compared."""
    if run.is_sample:
        return "generated sample data"
    reference = published.published(run.name, "dev").get(published.REFERENCE)
    if reference is None:
        return None
    difference = run.score - reference
    return f"{difference:+.2f} to {published.REFERENCE}"
