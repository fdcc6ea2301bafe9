"""Docstrings say what every argument defaults to."""

import inspect
import re

import pytest

from keras_addons import callbacks
from keras_addons import layers
from keras_addons import losses
from keras_addons import metrics
from keras_addons import models
from keras_addons import ops
from keras_addons import optimizers
from keras_addons import retrieval
from keras_addons import text
from keras_addons.optimizers import schedules

MODULES = (
    callbacks,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    retrieval,
    schedules,
    text,
)
PUBLIC = [
    pytest.param(thing, id=f"{module.__name__}.{name}")
    for module in MODULES
    for name, thing in vars(module).items()
    if callable(thing) and not name.startswith("_")
]


def described_arguments(thing):
    """The text of each argument in the section "Args"."""
    _, _, section = (inspect.getdoc(thing) or "").partition("\nArgs:\n")
    section = re.split(r"\n(?=\S)", section)[0]
    parts = re.split(r"^    (\w+): ", section, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.mark.parametrize("thing", PUBLIC)
def test_every_default_is_said(thing):
    described = described_arguments(thing)
    silent = [
        parameter.name
        for parameter in inspect.signature(thing).parameters.values()
        if parameter.default is not parameter.empty
        and parameter.name != "name"
        and not re.search(r"Defaults\s+to", described.get(parameter.name, ""))
    ]
    assert silent == []
