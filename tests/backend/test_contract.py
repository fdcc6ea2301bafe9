"""Each function of the seam exists on every backend, with one signature."""

import ast
from pathlib import Path

import pytest

import keras_addons.backend
from keras_addons.backend.dispatch import SUPPORTED_BACKENDS

FOLDER = Path(keras_addons.backend.__file__).parent
SUBJECTS = (
    "steps",
    "devices",
    "rows",
    "chunks",
    "inference",
    "kernels",
    "squares",
)


def functions(path):
    """The functions of a file by name, as syntax."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    return {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }


DECLARED = [
    pytest.param(subject, function, id=function.name)
    for subject in SUBJECTS
    for function in functions(FOLDER / f"{subject}.py").values()
]


@pytest.mark.parametrize("subject, declaration", DECLARED)
@pytest.mark.parametrize("backend", SUPPORTED_BACKENDS)
def test_a_backend_has_the_function_with_its_arguments(
    backend, subject, declaration
):
    own = functions(FOLDER / backend / f"{subject}.py")[declaration.name]
    assert ast.unparse(own.args) == ast.unparse(declaration.args)


@pytest.mark.parametrize("subject, declaration", DECLARED)
def test_a_declaration_is_a_docstring_and_is_exported(subject, declaration):
    assert ast.get_docstring(declaration)
    assert len(declaration.body) == 1, "code belongs to the backends"
    function = getattr(keras_addons.backend, declaration.name)
    assert function.__doc__.strip().startswith(
        ast.get_docstring(declaration).split("\n")[0]
    )


def test_every_file_of_the_folder_is_a_subject():
    files = {path.stem for path in FOLDER.glob("*.py")}
    assert files - {"__init__", "dispatch"} == set(SUBJECTS)
