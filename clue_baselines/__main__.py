"""Lists the tasks: `python -m clue_baselines`."""

import ast
from pathlib import Path


def tasks():
    """Yields name and docstring of each task, importing none."""
    folder = Path(__file__).parent
    for path in sorted(folder.glob("[a-z]*.py")):
        yield path.stem, ast.get_docstring(ast.parse(path.read_text("utf8")))
    path = folder / "roformer_sim/__init__.py"
    docstring = ast.get_docstring(ast.parse(path.read_text("utf8")))
    yield path.parent.name, docstring


def main():
    print("Each task: python -m clue_baselines.TASK [--data-dir CLUE]; --help")
    print("Without --data-dir it runs on generated sample data.\n")
    for name, docstring in tasks():
        print(f"{name:14}{docstring.splitlines()[0]}")


if __name__ == "__main__":
    main()
