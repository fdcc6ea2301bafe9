"""What holds for every public loss: its function, its class, its docstring."""

import inspect
import re

import keras
import numpy as np
import pytest
from keras import ops

import keras_addons
from keras_addons import losses
from tests.losses.cases import CLASSES
from tests.losses.cases import GRADES
from tests.losses.cases import PAIR_IDS
from tests.losses.cases import TEACHER
from tests.losses.cases import normal
from tests.losses.cases import value

PUBLIC = {
    name: thing
    for name, thing in vars(losses).items()
    if not name.startswith("_") and callable(thing)
}
LOSSES = {
    name: thing
    for name, thing in PUBLIC.items()
    if inspect.isclass(thing) and issubclass(thing, keras.losses.Loss)
}
WITHOUT_FUNCTION = {
    "BatchLoss",  # abstract
    "ExpectedLoss",  # its estimator is the function, and draws numbers
}
WITH_FUNCTION = sorted(LOSSES.keys() - WITHOUT_FUNCTION)
# Of every Keras loss, not of the mathematics.
OF_THE_CLASS = {"reduction", "name", "kwargs"}
ROWS, PAIRS, TOWERS = normal(16, 4), normal(16, 2, 4), normal(16, 4, 4)
TOKENS, SEGMENTS = np.arange(16).reshape(2, 8) % 5, np.arange(16) % 8 > 3
# name: arguments other than the defaults, labels, predictions
CASES = {
    "AnglE": ({"scale": 5.0, "cosine_weight": 0.5}, GRADES, PAIRS),
    "BatchHardTriplet": ({"margin": None, "metric": "cosine"}, CLASSES, ROWS),
    "CoSENT": ({"scale": 5.0}, GRADES, PAIRS),
    "GroupedCrossentropy": ({"groups": (3, 1)}, CLASSES, ROWS),
    "InBatchContrastive": (
        {"temperature": 0.5, "margin": 0.1},
        PAIR_IDS // 2,
        ROWS,
    ),
    "Matryoshka": (
        {"loss": losses.CoSENT(), "dims": [4, 2], "weights": [1.0, 0.5]},
        GRADES,
        PAIRS,
    ),
    "MultiLabelCrossentropy": ({}, normal(16, 4, seed=3) > 0, ROWS),
    "RDrop": ({"alpha": 2.0}, PAIR_IDS % 4, ROWS),
    "SemiHardTriplet": ({"margin": 0.5, "metric": "cosine"}, CLASSES, ROWS),
    "SequenceToSequenceCrossentropy": (
        {},
        np.stack([TOKENS, SEGMENTS.reshape(2, 8)], axis=-1).astype("int32"),
        normal(2, 8, 5),
    ),
    "SimilarityDistillation": ({"weight": 2.0}, TEACHER, ROWS),
    "SoftAccuracy": ({}, CLASSES, ROWS),
    "SoftF1": ({"average": "macro"}, normal(16, 4, seed=3) > 0, ROWS),
    "SpanCrossentropy": (
        {},
        np.array([[0, 2], [1, 1], [3, 4], [0, 0]]),
        normal(4, 1, 5, 5),
    ),
    "SparseMultiLabelCrossentropy": (
        {"axis": (-2, -1)},
        np.array([[[1, 2], [-1, -1]], [[0, 0], [0, 1]]] * 8),
        PAIRS,
    ),
    "SupervisedContrastive": ({"temperature": 0.5}, CLASSES, ROWS),
    "TokenCrossentropy": ({}, TOKENS, normal(2, 8, 5)),
    "TwoTowerContrastive": (
        {"temperature": 0.5, "symmetric": True, "margin": 0.1},
        CLASSES,
        TOWERS,
    ),
}


def function_name(class_name):
    """`cosent_loss` of `CoSENT`, `token_crossentropy` of `TokenCrossentropy`.

    As in Keras, where the function is in the class's file and is spelled like
    the class.
    """
    wanted = class_name.lower()
    names = [
        name
        for name in PUBLIC
        if name.islower()
        and name.replace("_", "").removesuffix("loss") == wanted
    ]
    assert len(names) == 1, f"{class_name} needs one function. Found: {names}"
    return names[0]


def arguments(callable_thing):
    parameters = inspect.signature(callable_thing).parameters
    return {
        name: each.default
        for name, each in parameters.items()
        if name not in OF_THE_CLASS
    }


def test_the_cases_are_all_losses_with_a_function():
    assert sorted(CASES) == WITH_FUNCTION


@pytest.mark.parametrize("name", WITH_FUNCTION)
def test_every_loss_exports_a_function_of_the_same_arguments(name):
    function = PUBLIC[function_name(name)]
    assert function.__module__ == LOSSES[name].__module__
    # The labels and the predictions, then the arguments of the class.
    of_function = dict([*arguments(function).items()][2:])
    of_class = arguments(LOSSES[name])
    if "guide" in of_class:  # a flag there, the vectors themselves here
        assert (of_class.pop("guide"), of_function.pop("guide")) == (
            False,
            None,
        )
    assert of_function == of_class


@pytest.mark.parametrize("name", WITH_FUNCTION)
def test_every_function_is_documented_by_an_example_that_is_run(name):
    documentation = inspect.getdoc(PUBLIC[function_name(name)])
    for heading in ("\nArgs:\n", "\nReturns:\n", "\nExample:\n"):
        assert heading in documentation
    assert re.search(rf">>> .*\b{function_name(name)}\(", documentation)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", WITH_FUNCTION)
def test_the_class_computes_the_function(name, dtype):
    options, y_true, y_pred = CASES[name]
    y_pred = ops.cast(y_pred, dtype)
    # The loss inside Matryoshka has reduced already.
    each_row = {} if name == "Matryoshka" else {"reduction": "none"}
    expected = PUBLIC[function_name(name)](y_true, y_pred, **options)
    assert keras.backend.standardize_dtype(expected.dtype) == "float32"
    np.testing.assert_allclose(
        np.ravel(value(LOSSES[name](**options, **each_row), y_true, y_pred)),
        np.ravel(ops.convert_to_numpy(expected)),
        rtol=1e-6,
        atol=1e-7,
    )


def test_a_function_without_labels_takes_all_other_rows_for_negatives():
    for function, y_pred in [
        (losses.in_batch_contrastive_loss, ROWS),
        (losses.two_tower_contrastive_loss, TOWERS),
    ]:
        np.testing.assert_array_equal(
            ops.convert_to_numpy(function(None, y_pred)),
            ops.convert_to_numpy(function(np.arange(16), y_pred)),
        )


@pytest.mark.parametrize(
    "name",
    [
        "BatchHardTriplet",
        "InBatchContrastive",
        "SemiHardTriplet",
        "SupervisedContrastive",
        "TwoTowerContrastive",
    ],
)
def test_functions_refuse_labels_that_are_not_one_a_row(name):
    function = PUBLIC[function_name(name)]
    _, labels, y_pred = CASES[name]
    expected = ops.convert_to_numpy(function(labels, y_pred))
    column = ops.convert_to_numpy(function(labels[:, None], y_pred))
    np.testing.assert_array_equal(column, expected)
    with pytest.raises(ValueError, match="one id a row"):
        function(np.stack([labels, labels], axis=1), y_pred)


# These take predictions of every shape.
OF_ANY_SHAPE = {
    "MultiLabelCrossentropy",
    "RDrop",
    "SequenceToSequenceCrossentropy",
    "SoftAccuracy",
    "TokenCrossentropy",
}


@pytest.mark.parametrize("name", sorted(CASES.keys() - OF_ANY_SHAPE))
def test_functions_refuse_predictions_of_another_shape(name):
    options, y_true, y_pred = CASES[name]
    with pytest.raises(ValueError, match="`y_pred`"):
        PUBLIC[function_name(name)](y_true, y_pred[..., None, :-1], **options)


SECTIONS = ("Inputs", "When to use", "Related", "Args", "Example", "Reference")


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_says_its_inputs_its_use_and_its_relatives(name):
    documentation = inspect.getdoc(LOSSES[name])
    places = [documentation.find(f"\n{each}:\n") for each in SECTIONS]
    assert -1 not in places and places == sorted(places), SECTIONS
    inputs = documentation[places[0] : places[1]]
    for argument in ("y_true", "y_pred", "sample_weight"):
        assert f"\n    {argument}: " in inputs


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_what_a_loss_refers_to_exists(name):
    documentation = inspect.getdoc(LOSSES[name])
    related = documentation.split("\nRelated:\n")[1].split("\nArgs:\n")[0]
    names = re.findall(r"`([\w.]*[A-Z_.][\w.]*)`", related)
    assert names
    for each in names:
        homes = [keras_addons, *vars(keras_addons).values(), {"keras": keras}]
        assert any(is_found(home, each) for home in homes), each


def is_found(home, dotted):
    for part in dotted.split("."):
        if isinstance(home, dict):
            home = home.get(part)
        else:
            home = getattr(home, part, None)
    return home is not None
