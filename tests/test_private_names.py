"""The private names of Keras that this package stands on, in one list.

Keras may change them in any release. A name that is missing here fails, and so
does one that the installed Keras lacks: the error says what breaks.
"""

import ast
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path
    for folder in ("keras_addons", "clue_baselines")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
OF_OPTIMIZERS = {
    "_apply_weight_decay": "LazyOptimizer decays all rows; MicroStepOptimizer "
    "decays in every micro-step",
    "_check_variables_are_known": "wrappers take variables of another model",
    "_exclude_from_weight_decay": "MasterWeights decays what is excluded",
    "_filter_empty_gradients": "GradientAccumulation does not warn of "
    "variables without a gradient",
    "_get_current_learning_rate": "MicroStepOptimizer's schedules count "
    "micro-batches",
    "_get_variable_index": "state is not found by its weight",
    "_iterations": "calls and updates are not counted apart",
    "_learning_rate": "a schedule is not told from a number",
    "_model_variables_moving_average": "SwapEMAWeights does not see through "
    "wrappers; averages of MicroStepOptimizer count micro-batches",
    "_track_variable": "masters and sums are not saved",
    "_trainable_variables": "wrappers do not know their weights",
    "_trainable_variables_indices": "weights are not found by their key",
    "_update_model_variables_moving_average": "averages of "
    "MicroStepOptimizer count micro-batches",
    "_use_weight_decay": "Tiger decays biases; describe() raises",
    "_var_key": "weights are not found by their key",
    "_variables": "the state of the inner optimizer is saved twice",
}
OF_MULTI_OPTIMIZERS = {
    "_inner_optimizers": "groups are not warned of, and their slots not found",
    "_optimizer_map": "describe() does not see the groups",
}
OF_VARIABLES = {
    "_autocast": "views of rows are cast to the compute type",
    "_dtype": "views of rows have no type",
    "_initialize_with_initializer": "StochasticRounding's float32 values take "
    "memory between the steps",
    "_initializer": "StochasticRounding's stand-ins read no weight",
    "_layout": "state is not laid out as its weight across devices",
    "_name": "masters are not called like their weight",
    "_path": "patterns do not find masters",
    "_value": "views of rows have no value",
}
OF_LAYERS = {
    "_flatten_layers": "GradientCache, quantized models and the check of the "
    "tokenizer's size look at the outermost layer alone",
}
# These may be there or not; the code asks.
OF_SOME_RELEASES = {
    "_distribution_strategy": "TensorFlow's optimizers only",
    "_is_excluded_from_weight_decay": "since Keras 3.16",
    "_parallel_update_step": "torch's optimizers only",
}
LISTED = {
    **OF_OPTIMIZERS,
    **OF_MULTI_OPTIMIZERS,
    **OF_VARIABLES,
    **OF_LAYERS,
    **OF_SOME_RELEASES,
}


def private_names(path):
    """All private attributes of a file, read, assigned, defined or named."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        name = None
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.FunctionDef):
            name = node.name
        elif isinstance(node, ast.keyword):
            name = node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value if node.value.isidentifier() else None
        if name and name.startswith("_") and not name.startswith("__"):
            yield name


def things_of_keras():
    variable = keras.Variable([1.0])
    optimizer = keras.optimizers.SGD(weight_decay=0.1, use_ema=True)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.build([variable])
    groups = keras.optimizers.MultiOptimizer(lambda _: optimizer)
    groups.build([variable])
    layer = keras.layers.Dense(1)
    layer.build((None, 1))
    return {
        "optimizer": optimizer,
        "groups": groups,
        "variable": variable,
        "layer": layer,
        "model": keras.Sequential([layer]),
        "callback": keras.callbacks.Callback(),
    }


@pytest.fixture(scope="module")
def things():
    return things_of_keras()


def test_every_private_name_of_keras_that_is_used_is_listed(things):
    used = {name for path in FILES for name in private_names(path)}
    of_keras = {
        name
        for name in used
        if any(hasattr(each, name) for each in things.values())
    }
    assert of_keras - set(LISTED) == set()


# Read in one module alone; elsewhere a subclass defines or assigns them, asks
# its own base class, or shows them in an example.
READ = set(OF_OPTIMIZERS) | set(OF_MULTI_OPTIMIZERS) | set(OF_LAYERS)
INTERNALS = ROOT / "keras_addons" / "keras_internals.py"
BY_SUBCLASSES = {
    "_apply_weight_decay",  # its loop is replaced
    "_get_current_learning_rate",
    "_update_model_variables_moving_average",
}


def reads(path):
    """The private names that a file reads of other things than `super()`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            is_super = ast.unparse(node.value) == "super()"
            if not is_super:
                yield node.attr


def test_one_module_reads_the_private_names_of_optimizers_and_layers():
    offenders = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in FILES
        if path != INTERNALS
        for name in reads(path)
        if name in READ - BY_SUBCLASSES
    ]
    assert offenders == []


def test_every_listed_name_is_used():
    used = {name for path in FILES for name in private_names(path)}
    assert set(LISTED) - used == set()


@pytest.mark.parametrize(
    "kind, name, consequence",
    [
        (kind, name, consequence)
        for kind, names in {
            "optimizer": OF_OPTIMIZERS,
            "groups": OF_MULTI_OPTIMIZERS,
            "variable": OF_VARIABLES,
            "layer": OF_LAYERS,
        }.items()
        for name, consequence in names.items()
    ],
)
def test_keras_still_has_the_name(things, kind, name, consequence):
    assert hasattr(things[kind], name), f"without {name}: {consequence}"
