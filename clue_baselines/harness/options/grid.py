"""--grid and --seeds: which runs there are, and where each leaves its files."""

import argparse
import itertools
import re

# Options that a grid cannot vary: they are of all runs together.
FIXED = ("output-dir", "resume", "seeds", "grid", "seed", "predict")
# Their values hold commas.
WHOLE = ("optimizer", "wrap")


def axis(text):
    """Argument type: `name=value,value` -> (name, list of values)."""
    name, equals, values = text.partition("=")
    name = name.strip().removeprefix("--").replace("_", "-")
    values = [values] if name in WHOLE else values.split(",")
    if not name or not equals or not all(value.strip() for value in values):
        raise argparse.ArgumentTypeError(
            f"expected name=value,value. Received: {text}"
        )
    if name in FIXED:
        raise argparse.ArgumentTypeError(f"a grid cannot vary --{name}")
    return name, [value.strip() for value in values]


def cells_of(axes):
    """Returns a dict from option to value for each combination.

    Axes of one name are one axis: `optimizer=adam optimizer=lion`.
    """
    values = {}
    for name, more in axes:
        known = values.setdefault(name, [])
        known += [value for value in more if value not in known]
    return [
        dict(zip(values, combination))
        for combination in itertools.product(*values.values())
    ]


def arguments_of(cell, seed):
    """Returns what the command line says in addition for one run."""
    arguments = ["--grid", "--seeds", "1", "--seed", str(seed)]
    for name, value in cell.items():
        arguments += [f"--{name}", value]
    return arguments


def folder_name(cell):
    """Returns the name of a cell's folder, which any file system takes."""
    text = ",".join(f"{name}={value}" for name, value in cell.items())
    return re.sub(r"[^\w.,=+-]", "_", text) or "default"
