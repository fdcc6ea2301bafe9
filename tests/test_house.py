"""The rules of the house: who imports whom, and what is public."""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).parents[1]
# A file imports from lower floors and from its own package.
FLOORS = {
    "keras_addons.arguments": 0,
    "keras_addons.files": 0,
    "keras_addons.keras_internals": 0,
    "keras_addons.backend": 0,
    "keras_addons.ops": 1,
    "keras_addons.optimizers": 2,
    "keras_addons.optimizers.schedules": 2,
    "keras_addons.losses": 2,
    "keras_addons.layers": 2,
    "keras_addons.metrics": 2,
    "keras_addons.retrieval": 2,
    "keras_addons.callbacks": 3,
    "keras_addons.models": 3,
    "keras_addons.text": 3,
    "clue_baselines": 4,
    "examples": 4,
    "benchmarks": 5,
}
BACKENDS = {"tensorflow", "jax", "torch"}
FILES = [
    path
    for folder in ("keras_addons", "clue_baselines", "examples", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
PACKAGES = [
    name
    for name in FLOORS
    if name.startswith("keras_addons.")
    and name != "keras_addons.backend"
    and (ROOT / name.replace(".", "/") / "__init__.py").exists()
]


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imported_names(path):
    """Dotted names of all that a file imports, wherever it stands in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_inside(name, package):
    return name == package or name.startswith(package + ".")


def home(name):
    """The package of `FLOORS` that a dotted name belongs to, or None."""
    return next((each for each in FLOORS if is_inside(name, each)), None)


def exports(package):
    """What an `__init__` imports, by public name."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf8"))
    return {
        alias.asname or alias.name: getattr(module, alias.asname or alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


PUBLIC = [
    pytest.param(package, name, id=f"{package}.{name}")
    for package in PACKAGES
    for name, thing in exports(package).items()
    if not inspect.ismodule(thing)
]


@pytest.mark.parametrize(
    "path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES]
)
def test_imports_run_one_way(path):
    own = home(module_name(path))
    if own is None:  # keras_addons/__init__.py gathers all floors
        assert path == ROOT / "keras_addons" / "__init__.py"
        return
    for name in imported_names(path):
        other = home(name)
        if other is None:
            # The package itself gathers all of its floors.
            is_above = name == "keras_addons" and FLOORS[own] > 3
            is_known = is_above or not is_inside(name, "keras_addons")
            assert is_known, f"{name}: which floor?"
            continue
        assert other == own or FLOORS[other] < FLOORS[own], name


@pytest.mark.parametrize("folder", ["keras_addons", "clue_baselines"])
def test_nobody_reaches_into_keras(folder):
    offenders = [
        (str(path.relative_to(ROOT)), name)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in imported_names(path)
        if is_inside(name, "keras.src")
    ]
    assert offenders == []


@pytest.mark.parametrize("folder", ["keras_addons", "clue_baselines"])
def test_only_the_seam_names_a_backend(folder):
    offenders = [
        (str(path.relative_to(ROOT)), name)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in imported_names(path)
        if name.split(".")[0] in BACKENDS
        and home(module_name(path)) != "keras_addons.backend"
    ]
    assert offenders == []


def test_only_the_seam_asks_which_backend_it_is():
    offenders = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "keras_addons").rglob("*.py"))
        if "backend.backend()" in path.read_text(encoding="utf8")
        and home(module_name(path)) != "keras_addons.backend"
    ]
    assert offenders == []


@pytest.mark.parametrize("package", ["keras_addons", "clue_baselines"])
def test_every_folder_with_modules_is_installed(package):
    # Without its __init__.py a folder is imported from a checkout, but
    # find_packages does not find it: an installed package would lack it.
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert folders == {
        path.parent for path in (ROOT / package).rglob("__init__.py")
    }


def test_retrieval_needs_numpy_alone():
    allowed = {"faiss", "json", "keras_addons", "numpy", "pathlib"}
    for path in (ROOT / "keras_addons" / "retrieval").glob("*.py"):
        names = set(imported_names(path))
        assert {name.split(".")[0] for name in names} <= allowed, path
        inside = {home(name) for name in names if "keras_addons" in name}
        assert inside <= {"keras_addons.files", "keras_addons.retrieval"}


def test_tests_share_helpers_and_no_test_module():
    offenders = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in imported_names(path)
        if is_inside(name, "tests") and ".test_" in name
    ]
    assert offenders == []


# Where the layers of a transformer are made and named.
NAMERS = {
    "keras_addons/models/builder.py",
    "keras_addons/models/parts.py",
    "keras_addons/layers/language_model/tied_head.py",
}
# The pattern that users write; a word that is an argument's name as well.
ALLOWED = {r"block_(\d+)", "pooler"}


def layer_names_spelled(path, stems):
    """Where a file names a layer of a transformer or looks one up by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Attribute) and node.attr == "get_layer":
            yield path.relative_to(ROOT).as_posix(), node.lineno, node.attr
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            first = node.value.strip("^").split("/")[0]
            if first not in ALLOWED and first.rstrip("0123456789") in stems:
                yield path.relative_to(ROOT).as_posix(), node.lineno, node.value


def test_no_second_file_spells_the_name_of_a_transformer_s_layer():
    from keras_addons import models

    options = {"pooler": "tanh", "with_lm_head": True, "embedding_dim": 4}
    model = models.Bert(10, 1, 2, 8, 16, **options)
    names = {layer.name for layer in model.layers if layer.weights}
    assert {"block_0", "lm_norm"} <= names
    stems = {name.removesuffix("0") for name in names}  # also f"block_{i}"
    offenders = [
        found
        for path in FILES
        if path.relative_to(ROOT).as_posix() not in NAMERS
        for found in layer_names_spelled(path, stems)
    ]
    assert offenders == []


FORMATS = [
    "checkpoint",
    "config",
    "google",
    "hugging_face",
    "safetensors_files",
    "tensor_bundle",
]


def test_no_format_of_checkpoints_knows_a_family_nor_a_family_a_format():
    from keras_addons.models.families.registry import FAMILIES

    models = ROOT / "keras_addons" / "models"
    formats = [models / "checkpoints" / f"{name}.py" for name in FORMATS]
    families = sorted((models / "families").glob("*.py"))
    for path, others in [
        *((path, "keras_addons.models.families") for path in formats),
        *((path, "keras_addons.models.checkpoints") for path in families),
    ]:
        assert not any(is_inside(each, others) for each in imported_names(path))
    for path in formats:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            assert getattr(node, "value", None) not in tuple(FAMILIES), path


def test_every_public_name_is_exported_once():
    owners = {}
    for package in PACKAGES:
        for name in exports(package):
            owners.setdefault(name, []).append(package)
    twice = {name: each for name, each in owners.items() if len(each) > 1}
    assert twice == {}


@pytest.mark.parametrize("package, name", PUBLIC)
def test_public_names_say_what_they_take_and_where_it_is_from(package, name):
    thing = getattr(importlib.import_module(package), name)
    documentation = inspect.getdoc(thing) or ""
    assert documentation.strip(), "no docstring"
    if inspect.isclass(thing) and issubclass(thing, tuple):
        return  # a record that a function returns
    if callable(thing) and inspect.signature(thing).parameters:
        for heading in ("Args:", "Example", "Reference"):
            assert heading in documentation, f"no {heading}"


BASES = [
    "callbacks.Evaluator",
    "layers.ScoreNormalization",
    "layers.EfficientAttention",
    "layers.TokenMixer",
    "losses.BatchLoss",
    "losses.GradientEstimator",
    "models.Builder",
    "models.Checkpoint",
    "models.Transformer",
    "optimizers.MicroStepOptimizer",
    "optimizers.OptimizerWrapper",
    "optimizers.StepRevision",
]


@pytest.mark.parametrize("base", BASES)
def test_a_base_shows_how_it_is_extended(base):
    package, name = base.split(".")
    assert name in exports(f"keras_addons.{package}")
    base = getattr(importlib.import_module(f"keras_addons.{package}"), name)
    documentation = inspect.getdoc(base)
    _, example = documentation.split("\nExample:\n")
    assert re.search(rf">>> (@.*\n\.\.\. )?class \w+\(.*{name}\):", example)
    for method in base.__abstractmethods__ if inspect.isabstract(base) else ():
        assert re.search(rf"`{method}\b", documentation), method
        assert re.search(rf"def {method}\(", example), method


@pytest.mark.parametrize("base", BASES)
def test_a_base_with_methods_to_define_cannot_be_made(base):
    package, name = base.split(".")
    base = getattr(importlib.import_module(f"keras_addons.{package}"), name)
    source = inspect.getsource(base)
    assert "NotImplementedError" not in source
    if inspect.isabstract(base):
        with pytest.raises(TypeError, match="abstract"):
            base.__new__(base)


def test_text_is_an_attribute_of_the_package():
    import keras_addons

    assert keras_addons.text.__name__ == "keras_addons.text"
    with pytest.raises(AttributeError, match="no attribute 'txet'"):
        keras_addons.txet  # noqa: B018


def import_alone(folder):
    # What Keras and its backend load by themselves does not count.
    program = (
        "import sys, keras; before = set(sys.modules); import keras_addons; "
        "print(*(set(sys.modules) - before))"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "KERAS_BACKEND": keras.backend.backend(),
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.beside(runs=import_alone)
def test_import_loads_the_active_backend_and_no_extras(beside):
    unwanted = BACKENDS - {keras.backend.backend()}
    extras = {"tokenizers", "matplotlib", "scipy", "safetensors"}
    loaded = {name.split(".")[0] for name in beside.stdout.split()}
    assert loaded & (unwanted | extras) == set()
    assert "clue_baselines" not in loaded
    assert "keras_addons" in loaded
