"""The programs in the documents, for the tests that run them."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def programs(name, heading):
    """The Python programs under a heading of a document."""
    text = (DOCS / name).read_text(encoding="utf8")
    _, section = text.split(f"\n## {heading}\n")
    section = section.split("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.DOTALL)


def run(program, name):
    """Runs a program and returns its names."""
    names = {}
    exec(compile(program, name, "exec"), names)
    return names
