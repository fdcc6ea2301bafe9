"""Each function of the seam exists on every backend, with one signature."""

import ast
from pathlib import Path

import pytest

import keras_addons.backend
from keras_addons.backend.dispatch import SUPPORTED_BACKENDS

FOLDER = Path(keras_addons.backend.__file__).parent
SUBJECTS = sorted(
    {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "dispatch"}
)


def functions(path):
    """The functions of a file by name, as syntax, with those of classes."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    return {
        name: node
        for each in tree.body
        for name, node in [(getattr(each, "name", None), each), *methods(each)]
        if isinstance(node, ast.FunctionDef)
    }


def methods(node):
    if not isinstance(node, ast.ClassDef):
        return []
    return [
        (f"{node.name}.{each.name}", each)
        for each in node.body
        if isinstance(each, ast.FunctionDef)
    ]


DECLARED = [
    pytest.param(subject, name, function, id=name)
    for subject in SUBJECTS
    for name, function in functions(FOLDER / f"{subject}.py").items()
]


@pytest.mark.parametrize("subject, name, declaration", DECLARED)
@pytest.mark.parametrize("backend", SUPPORTED_BACKENDS)
def test_a_backend_has_the_function_with_its_arguments(
    backend, subject, name, declaration
):
    own = functions(FOLDER / backend / f"{subject}.py")[name]
    assert ast.unparse(own.args) == ast.unparse(declaration.args)


@pytest.mark.parametrize("subject, name, declaration", DECLARED)
def test_a_declaration_is_a_docstring_and_is_exported(
    subject, name, declaration
):
    documentation = ast.get_docstring(declaration)
    assert documentation
    assert len(declaration.body) == 1, "code belongs to the backends"
    if "." not in name:
        function = getattr(keras_addons.backend, name)
        first_line = documentation.split("\n")[0]
        assert function.__doc__.strip().startswith(first_line)
