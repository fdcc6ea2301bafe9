"""What a finished run leaves: figures, and a picture of the learning."""

import subprocess
from importlib import metadata
from pathlib import Path

import keras

from clue_baselines.harness.files import replacing


def metrics_of(task, options, state):
    """Returns what metrics.json holds."""
    best = state.best
    scores = {
        name.replace("val_", "dev_"): value
        for name, value in best.items()
        if name.startswith("val_")
    }
    return {
        "task": task.name,
        "data": str(options.data_dir or "generated sample data"),
        **scores,
        "best_epoch": best["epoch"],
        "seed": options.seed,
        "training_seconds": round(sum(r["seconds"] for r in state.history), 1),
        "num_weights": state.model.count_params(),
        "options": {name: plain(v) for name, v in vars(options).items()},
        "backend": keras.backend.backend(),
        "versions": versions(),
        "commit": commit(),
    }


def plain(value):
    return str(value) if isinstance(value, Path) else value


def versions():
    found = {}
    for name in ("keras_addons", "keras", "tensorflow", "jax", "torch"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit():
    """Returns the commit of the checkout, or None for an installed wheel."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
        )
    except OSError:
        return None
    return answer.stdout.strip() or None


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
