"""Commands of `python -m clue_baselines`: each a module with `main`.

`main(arguments)` takes the list of strings after the command's name. The first
line of a module's docstring is what `list` says about the command.
"""

import ast
from pathlib import Path


def names():
    """Returns the names of all commands, sorted."""
    folder = Path(__file__).parent
    return [path.stem for path in sorted(folder.glob("[a-z]*.py"))]


def docstring(path):
    """Returns the docstring of a Python file without importing it."""
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf8")))
