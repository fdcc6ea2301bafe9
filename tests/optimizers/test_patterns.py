"""Patterns of every wrapper that takes them: given, saved and loaded."""

import keras
import numpy as np
import pytest

from keras_addons.optimizers import LayerAdaptation
from keras_addons.optimizers import LazyOptimizer
from keras_addons.optimizers import LearningRateMultiplier
from keras_addons.optimizers import Lookahead
from keras_addons.optimizers import WeightDecay
from keras_addons.optimizers import describe
from keras_addons.optimizers import layer_decay
from keras_addons.optimizers.bases.patterns import find_first_paths
from tests.checks import check_config_round_trip
from tests.optimizers.training import new_model

IDS = np.array([[0, 1], [2, 3], [1, 1], [0, 3]])
TARGETS = np.ones((4, 2, 1), "float32")


def new_layers():
    return [
        keras.layers.Embedding(4, 3, name="embedding"),
        keras.layers.Dense(3, name="block_0"),
        keras.layers.Dense(3, name="block_1"),
    ]


@keras.saving.register_keras_serializable("tests")
class Subclass(keras.Model):
    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.stack = new_layers()
        self.head = keras.layers.Dense(1, name="head")

    def call(self, ids):
        for layer in self.stack:
            ids = layer(ids)
        return self.head(ids)


def sequential():
    return keras.Sequential([*new_layers(), keras.layers.Dense(1, name="head")])


def nested():
    ids = keras.Input((2,), dtype="int32")
    encoder = keras.Sequential(new_layers(), name="encoder")
    head = keras.layers.Dense(1, name="head")
    return keras.Model(ids, head(encoder(ids)))


MODELS = {"sequential": sequential, "nested": nested, "subclass": Subclass}


def wrapped(model):
    """Every wrapper that takes patterns, with patterns of whole paths."""
    name = "^" + model.trainable_variables[0].path.split("embedding")[0]
    lazy = LazyOptimizer(keras.optimizers.Adam(0.01), [f"{name}embedding/"])
    decayed = WeightDecay(lazy, 0.1, exclude=[f"{name}block_0/"])
    adapted = LayerAdaptation(decayed, exclude=[f"{name}block_1/"])
    return Lookahead(LearningRateMultiplier(adapted, layer_decay(model, 0.5)))


@pytest.mark.parametrize("kind", MODELS)
def test_a_model_whose_paths_lose_their_prefix_is_loaded(kind, tmp_path):
    # Twice: the second file is written by what the first has been read into.
    model = MODELS[kind]()
    model(IDS)
    optimizer = wrapped(model)
    model.compile(optimizer, "mse", run_eagerly=True)
    model.train_on_batch(IDS, TARGETS)
    copy = model
    for name in ("first.keras", "second.keras"):
        copy.save(tmp_path / name)
        copy = keras.models.load_model(tmp_path / name)
    # Keras 3.15 drops the name of the model before it, 3.16 keeps it.
    path = copy.trainable_variables[0].path
    assert path.endswith("embedding/embeddings")
    rules = [
        describe(each.optimizer, each.trainable_variables).splitlines()
        for each in (model, copy)
    ]
    for one, other in zip(*rules):
        assert one.split()[1:] == other.split()[1:]
    for each in (model, copy):
        each.train_on_batch(IDS, TARGETS)
    for one, other in zip(model.get_weights(), copy.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_a_layer_that_was_frozen_before_saving_is_no_error(tmp_path):
    model = sequential()
    model(IDS)
    model.compile(wrapped(model), "mse", run_eagerly=True)
    model.train_on_batch(IDS, TARGETS)
    model.get_layer("block_0").trainable = False
    model.save(tmp_path / "model.keras")
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        copy = keras.models.load_model(tmp_path / "model.keras")
    multiplier = copy.optimizer.inner_optimizer
    factors = [
        multiplier.factor(multiplier.path(variable))
        for variable in copy.trainable_variables
    ]
    # Embedding, block 1 and head, of two blocks.
    assert factors == [0.125, 0.5, 0.5, 1.0, 1.0]


def test_for_another_model_its_own_paths_count():
    model = sequential()
    model(IDS)
    optimizer = WeightDecay("sgd", exclude=["bias"])
    optimizer.build(model.trainable_variables)
    copy = check_config_round_trip(optimizer)
    variables = new_model().trainable_variables
    copy.build(variables)
    assert [copy.path(each) for each in variables] == [
        each.path for each in variables
    ]


@pytest.mark.parametrize(
    "paths, known, expected",
    [
        (["a/b", "c/b"], ["m/a/b", "m/c/b"], ["m/a/b", "m/c/b"]),
        (["b", "b"], ["m/b", "n/b"], ["m/b", "n/b"]),  # in their order
        (["c/b"], ["m/a/b", "m/c/b"], ["m/c/b"]),
        (["new/a/b"], ["a/b"], ["a/b"]),
        (["ab"], ["b"], None),  # no part of a name
        (["a/b", "d/b"], ["m/a/b", "m/c/b"], None),
    ],
)
def test_paths_are_those_of_before_but_for_models_in_front(
    paths, known, expected
):
    assert find_first_paths(paths, known) == expected


@pytest.mark.parametrize(
    "make, argument",
    [
        (lambda given: WeightDecay("sgd", 0.1, given), "exclude"),
        (lambda given: LayerAdaptation("sgd", given), "exclude"),
        (lambda given: LazyOptimizer("sgd", given), "embeddings"),
    ],
)
def test_a_string_is_one_pattern(make, argument):
    assert getattr(make("bias"), argument) == ["bias"]
    assert getattr(make(["bias"]), argument) == ["bias"]
    check_config_round_trip(make("bias"))
    with pytest.raises(ValueError, match=f"`{argument}` must hold .*regular"):
        make(["("])


def test_a_single_pattern_excludes_what_it_matches():
    optimizer = WeightDecay("sgd", 0.1, exclude="bias")
    concerned = [
        optimizer.concerns(each.path)
        for each in new_model().trainable_variables
    ]
    assert concerned == [True, True, False]


def test_a_multiplier_is_named_by_a_regular_expression():
    with pytest.raises(ValueError, match="`multipliers` must hold regular"):
        LearningRateMultiplier("sgd", {"(": 1.0})
