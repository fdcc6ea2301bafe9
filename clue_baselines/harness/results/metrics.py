"""metrics.json and the learning curve of a finished run."""

import json
import subprocess
from importlib import metadata
from pathlib import Path

import keras

import keras_addons
from clue_baselines.harness.options.command_line import describe
from clue_baselines.harness.results.state import best_epoch
from keras_addons.files import replacing

NO_TAGS = "--exclude=*"  # the number alone


def metrics_of(job, options, model, history):
    """Returns what metrics.json holds."""
    best = best_epoch(history, job.metric)
    scores = {
        name.replace("val_", "dev_"): value
        for name, value in best.items()
        if name.startswith("val_")
    }
    return {
        "task": job.name,
        "data": str(job.source(options) or "generated sample data"),
        "loss": best["loss"],
        **scores,
        "best_epoch": best["epoch"],
        "seed": options.seed,
        "training_seconds": round(sum(r["seconds"] for r in history), 1),
        "num_weights": model.count_params(),
        "options": describe(options),
        "backend": keras.backend.backend(),
        "versions": versions(),
        **commit(),
    }


def figures_of(metrics):
    """Returns the figures on dev in one line, or that there are none."""
    figures = [
        f"{name.replace('_', ' ')} {value:.4f}"
        for name, value in metrics.items()
        if name.startswith("dev_")
    ]
    return ", ".join(figures) or f"loss {metrics['loss']:.4f}"


def versions():
    found = {
        "keras_addons": keras_addons.__version__,
        "keras": keras.__version__,  # keras-nightly has another name
    }
    for name in ("tensorflow", "jax", "torch"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit():
    """Returns {"commit": ...}, or {} where the commit is not known.

    A checkout knows its commit ("-dirty": a file was changed since), and so
    does what pip installed from a repository; a wheel does not.
    """
    folder = Path(__file__).parent
    # The repository may be another's, in which an environment happens to lie.
    ours = folder.relative_to(folder.parents[2]).as_posix() + "/"
    is_checkout = git("rev-parse", "--show-prefix") == ours
    if is_checkout and git("ls-files", Path(__file__).name):
        found = git("describe", "--always", "--dirty", "--abbrev=40", NO_TAGS)
    else:
        found = commit_installed()
    return {"commit": found} if found else {}


def git(*arguments):
    """Returns the output of git in this folder; None if git fails."""
    try:
        answer = subprocess.run(
            ["git", *arguments],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
        )
    except OSError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None


def commit_installed():
    """Returns the commit that `pip install git+...` recorded (PEP 610)."""
    try:
        distribution = metadata.distribution("keras_addons")
    except metadata.PackageNotFoundError:
        return None
    package = Path(__file__).parents[2]
    noted = distribution.read_text("direct_url.json")
    located = Path(distribution.locate_file(package.name))
    if noted is None or package.resolve() != located.resolve():
        return None
    return json.loads(noted).get("vcs_info", {}).get("commit_id")


def draw_learning_curve(path, history, title):
    """Draws each value over the epochs, dev beside train, without a display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = [name.removeprefix("val_") for name in history[0]]
    names = [n for n in dict.fromkeys(names) if n not in ("epoch", "seconds")]
    figure = Figure(figsize=(4.5 * len(names), 3.5), layout="constrained")
    canvas = FigureCanvasAgg(figure)
    epochs = [row["epoch"] for row in history]
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for axes, name in zip(panels, names):
        for key, label in ((name, "train"), (f"val_{name}", "dev")):
            if key in history[0]:
                values = [row[key] for row in history]
                axes.plot(epochs, values, marker=".", label=label)
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.suptitle(title)
    with replacing(path) as temporary:
        canvas.print_png(temporary)
