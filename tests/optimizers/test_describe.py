import keras

from keras_addons.optimizers import GradientAccumulation
from keras_addons.optimizers import LayerAdaptation
from keras_addons.optimizers import LazyOptimizer
from keras_addons.optimizers import LearningRateMultiplier
from keras_addons.optimizers import Lookahead
from keras_addons.optimizers import Tiger
from keras_addons.optimizers import WeightDecay
from keras_addons.optimizers import describe
from tests.optimizers.training import new_model


def table(optimizer, variables=None):
    """The cells of the table, by path of the variable."""
    variables = variables or new_model().trainable_variables
    head, *lines = describe(optimizer, variables).splitlines()
    assert head.split("  ")[0] == "variable"
    rows = [line.split("  ") for line in lines]
    cells = [[cell.strip() for cell in row if cell] for row in rows]
    return {row[0]: row[1:] for row in cells}


def test_every_rule_of_a_deep_nesting_has_its_column():
    inner = LazyOptimizer(keras.optimizers.Adam(), ["table"])
    decayed = WeightDecay(inner, 0.01, exclude=["bias"])
    adapted = LayerAdaptation(decayed, exclude=["bias", "table"])
    optimizer = LearningRateMultiplier(adapted, {"table": 0.5, "score": 2.0})
    assert table(Lookahead(GradientAccumulation(optimizer, 2))) == {
        # 0.01 * 0.5 and 0.01 * 2: what is decayed is multiplied too.
        "table/embeddings": ["(12, 4)", "0.5", "0.005", "no", "yes"],
        "score/kernel": ["(4, 1)", "2", "0.02", "yes", "no"],
        "score/bias": ["(1,)", "2", "0", "no", "no"],
    }


def test_decay_outside_of_a_multiplier_is_not_multiplied():
    inner = LearningRateMultiplier("adam", {"kernel": 0.25})
    rows = table(WeightDecay(inner, 0.5))
    assert rows["score/kernel"][1:3] == ["0.25", "0.5"]


def test_the_decay_of_keras_and_what_it_excludes():
    inner = keras.optimizers.AdamW(weight_decay=0.125)
    inner.exclude_from_weight_decay(var_names=["bias"])
    rows = table(keras.optimizers.LossScaleOptimizer(Lookahead(inner)))
    assert [row[2] for row in rows.values()] == ["0.125", "0.125", "0"]


def test_lamb_adapts_and_tiger_spares_biases():
    rows = table(keras.optimizers.Lamb())
    assert {row[3] for row in rows.values()} == {"yes"}
    rows = table(Tiger(weight_decay=0.25))
    assert [row[2] for row in rows.values()] == ["0.25", "0.25", "0"]


def test_a_multi_optimizer_shows_the_optimizer_of_each_variable():
    lazy = LazyOptimizer("sgd")
    rest = LearningRateMultiplier("adam", {"bias": 3.0})
    both = keras.optimizers.MultiOptimizer(
        lambda variable: lazy if "table" in variable.path else rest
    )
    expected = {
        "table/embeddings": ["(12, 4)", "1", "0", "no", "yes"],
        "score/kernel": ["(4, 1)", "1", "0", "no", "no"],
        "score/bias": ["(1,)", "3", "0", "no", "no"],
    }
    variables = new_model().trainable_variables
    assert table(both, variables) == expected
    both.build(variables)
    assert table(Lookahead(both), variables) == expected


def test_nothing_is_built():
    optimizer = Lookahead(Tiger())
    table(optimizer)
    assert not optimizer.built
    assert not optimizer.inner_optimizer.built
