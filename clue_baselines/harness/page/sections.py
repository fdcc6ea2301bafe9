"""The parts of the section of one run."""

from clue_baselines.harness.page import published
from clue_baselines.harness.page.confusion import confusions
from clue_baselines.harness.page.confusion import counted
from clue_baselines.harness.page.confusion import matrix
from clue_baselines.harness.page.curves import learning_curves
from clue_baselines.harness.page.entities import by_type
from clue_baselines.harness.page.examples import examples
from clue_baselines.harness.page.lengths import histogram
from clue_baselines.harness.page.markup import tag


def section(run):
    """Returns all that the page says of a run."""
    return tag(
        "section",
        tag("h2", run.name),
        tag("p", run.task.get("question"), class_="soft"),
        facts(run),
        beside_published(run),
        tag("h3", "Training"),
        tag("div", learning_curves(run.history), class_="figures"),
        answers(run) if run.answers else None,
        id=run.name,
    )


def facts(run):
    """Returns the figures that a reader needs to repeat the run."""
    metrics = run.metrics
    options = metrics["options"]
    backend = metrics.get("backend", "")
    version = metrics.get("versions", {}).get(backend, "")
    rows = {
        "best epoch": f"{metrics['best_epoch']} of {options.get('epochs')}",
        "starts from": options.get("checkpoint")
        or f"random weights, {options.get('model')}",
        "weights": f"{metrics.get('num_weights', 0):,}",
        "training": f"{metrics.get('training_seconds')} s",
        "seed": metrics.get("seed"),
        "backend": f"{backend} {version}",
        "data": metrics.get("data"),
        "commit": short(metrics.get("commit", "not known")),
    }
    pairs = [
        tag("div", tag("dt", name), tag("dd", value))
        for name, value in rows.items()
    ]
    return tag("dl", pairs, class_="facts")


def short(commit):
    """Returns the first 12 characters; what was changed since stays dirty."""
    number, dirty, _ = commit.partition("-dirty")
    return number[:12] + dirty


def beside_published(run):
    """Returns bars of the dev score beside the published ones."""
    scores = published.published(run.name, "dev")
    if run.is_sample or not scores:
        return None
    rows = [("this run", run.score, "ours")]
    rows += [(name, score, None) for name, score in scores.items()]
    bars = [
        tag(
            "div",
            tag("b" if kind else "span", name, class_="name"),
            tag("span", f"{score:.2f}", class_="value"),
            tag("div", filled(score, kind), class_="track"),
            class_="bar",
        )
        for name, score, kind in rows
    ]
    source = published.SOURCES["dev"]
    return [
        tag("h3", "Dev, beside published scores of base models"),
        tag("div", bars),
        tag(
            "p",
            f"{published.metric(run.name, 'dev')}; published, on the whole "
            "official dev set: ",
            tag("a", "post 9052", href=source),
            class_="soft small",
        ),
        on_test(run.name),
    ]


def filled(score, kind):
    return tag("i", style=f"width:{score:.2f}%", class_=kind)


def on_test(name):
    """Returns the published scores on the test, which has no labels here."""
    scores = published.published(name, "test")
    words = "; ".join(f"{model} {score:.2f}" for model, score in scores.items())
    return tag(
        "p",
        f"On the test, by {published.metric(name, 'test')} (",
        tag("a", "post 8739", href=published.SOURCES["test"]),
        f"), which a dev score is not to be compared with: {words}.",
        class_="soft small",
    )


def answers(run):
    """Returns the pictures of the dev answers and the hardest examples."""
    parts = [
        tag("h3", f"Answers to the {len(run.answers):,} dev records"),
        tag("div", histogram(run.answers), class_="figures"),
    ]
    counts = counted(run.answers)
    types = by_type(run.answers)
    if counts is not None:
        parts += confused(counts, run.task.get("label_names"))
    elif types is not None:
        parts += table(
            ("type", "entities", "precision", "recall", "F1"),
            [
                (name, count, *(f"{100 * value:.1f}" for value in values))
                for name, count, *values in types
            ],
        )
    return [*parts, examples(run.answers)]


def confused(counts, names):
    rows = [
        (label, answer, count, f"{100 * share:.1f} %")
        for label, answer, count, share in confusions(counts)
    ]
    heads = ("label", "answered as", "records", "of the label")
    return [
        tag("h3", "Which labels are confused"),
        tag("div", matrix(counts, names), class_="figures"),
        *table(heads, rows),
    ]


def table(heads, rows):
    return [
        tag(
            "table",
            tag("tr", [tag("th", head) for head in heads]),
            [tag("tr", [tag("td", cell) for cell in row]) for row in rows],
        )
    ]
