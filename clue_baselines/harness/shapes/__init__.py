"""Shapes of tasks: what is read, how it is encoded, and what is answered.

A class a module, imported when it is used: `from clue_baselines.harness.shapes
import TextClassification` reads nothing of GlobalPointer.
"""

import importlib

# The name of a shape is that of its module, and stands in task.json.
SHAPES = {
    "text_classification": "TextClassification",
    "multiple_choice": "MultipleChoice",
    "idiom_cloze": "IdiomCloze",
    "span_extraction": "SpanExtraction",
    "masked_answer": "MaskedAnswer",
    "tagging": "Tagging",
}


def shape_named(name):
    """Returns the class of a shape.

    Raises:
        ValueError: there is no such shape.
    """
    if name not in SHAPES:
        raise ValueError(
            f"unknown shape {name!r}, expected one of {', '.join(SHAPES)}"
        )
    module = importlib.import_module(f"{__name__}.{name}")
    return getattr(module, SHAPES[name])


def __getattr__(name):
    for shape, class_name in SHAPES.items():
        if class_name == name:
            return shape_named(shape)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
