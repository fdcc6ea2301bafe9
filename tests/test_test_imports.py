"""Tests share helpers, not each other: helpers are in files without `test_`."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_test_imports_from_a_test_module():
    offenders = [
        (str(path.relative_to(TESTS)), module)
        for path in sorted(TESTS.rglob("*.py"))
        for module in imported_modules(path)
        if module.split(".")[-1].startswith("test_")
    ]
    assert offenders == []
