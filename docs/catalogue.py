"""Writes docs/layers.md: every public op, layer, loss, metric with its source.

    KERAS_BACKEND=torch python docs/catalogue.py

What the page says of a name is the first line of its docstring and the
addresses under its heading Reference. A test compares the page with this.
"""

import ast
import importlib
import inspect
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "layers.md"
PACKAGES = {
    "ops": "Functions of tensors",
    "layers": "Layers",
    "losses": "Losses",
    "metrics": "Metrics",
    "optimizers": "Optimizers",
    "callbacks": "Callbacks",
}
HEAD = """\
# Every name, by room, with its source

Written by `python docs/catalogue.py` from the docstrings: do not edit. A name
is imported from its package, as in `from keras_addons.layers import
GlobalPointer`. Numbers are posts of kexue.fm.
"""
ADDRESS = re.compile(r"\[([^\]]+)\]\((https?://[^)]+)\)|(https?://[^\s,)]+)")


def exports(package):
    """Yields (file, name) of what a package exports, in the file's order."""
    path = ROOT / "keras_addons" / package / "__init__.py"
    for node in ast.parse(path.read_text(encoding="utf8")).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.module, alias.asname or alias.name


def room(module, package):
    """Returns the folder below the package that a module is in, or None."""
    inside = module.removeprefix(f"keras_addons.{package}.").split(".")
    return inside[0].replace("_", " ") if len(inside) > 1 else None


def first_line(thing):
    text = inspect.getdoc(thing).split("\n\n")[0]
    line = " ".join(text.split()).replace("|", "\\|")
    return line if line.endswith("...") else line.rstrip(".")


def sources(thing):
    """Returns links to the posts and papers under Reference."""
    _, _, text = inspect.getdoc(thing).partition("Reference:")
    links = []
    for title, address, bare in ADDRESS.findall(text):
        post = re.search(r"kexue\.fm/archives/(\d+)", address or bare)
        name = post[1] if post else title or (bare.split("/")[-1] or bare)
        links.append(f"[{' '.join(name.split())}]({address or bare})")
    return ", ".join(links)


def rows(package):
    """Yields (room, line of the table), sorted by room and name."""
    module = importlib.import_module(f"keras_addons.{package}")
    found = []
    for file, name in exports(package):
        thing = getattr(module, name)
        if inspect.ismodule(thing):
            continue
        line = f"| `{name}` | {first_line(thing)} | {sources(thing)} |"
        found.append((room(file, package) or "", name, line))
    return [(place, line) for place, _, line in sorted(found)]


def page():
    """Returns the text of docs/layers.md."""
    parts = [HEAD]
    for package, title in PACKAGES.items():
        parts.append(f"\n## {title}: `keras_addons.{package}`\n")
        now = None
        for place, line in rows(package):
            if place != now:
                now = place
                if place:
                    parts.append(f"\n### {place}\n")
                parts.append("\n| name | what it does | source |\n")
                parts.append("|---|---|---|\n")
            parts.append(line + "\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
    print(f"{PAGE}: {sum(len(rows(package)) for package in PACKAGES)} names")
