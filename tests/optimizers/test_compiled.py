"""Compiled, an optimizer takes the steps that it takes eagerly."""

import keras
import numpy as np
import pytest

from keras_addons.optimizers import AdaFactor
from keras_addons.optimizers import GradientAccumulation
from tests.optimizers.catalog import CLASSES
from tests.optimizers.catalog import compiled_steps
from tests.optimizers.catalog import make
from tests.optimizers.catalog import new_variable
from tests.optimizers.catalog import values
from tests.optimizers.training import BACKEND

RANDOM = np.random.default_rng(0)
# Five steps: an update or a period ends within them, and one is unfinished.
OPTIONS = {
    "AccumulatedAdam": {"steps": 2},
    "AccumulatedSGD": {"steps": 2},
    "GradientAccumulation": {"steps": 2},
    "Lookahead": {"sync_period": 2},
    "Tiger": {"steps": 2},
}
CASES = {
    name: lambda name=name: new(name, OPTIONS.get(name)) for name in CLASSES
}
CASES["EGDD, plain products"] = lambda: new("EGDD", {"normalized": False})
CASES["LazyOptimizer, slots"] = lambda: new(
    "LazyOptimizer", {"update_slots": True}
)
CASES["AdaFactor, relative"] = lambda: AdaFactor(None)


def new(name, options):
    return make(name, inner=keras.optimizers.RMSprop, options=options)


def variables():
    start = np.random.default_rng(1)
    return [
        new_variable(start.normal(size=(5, 3))),
        new_variable(start.normal(size=(3, 2)), "kernel"),
        new_variable(start.normal(size=2), "bias"),
    ]


def gradients():
    """Of five steps; that of the table is sparse where gradients can be."""
    for _ in range(5):
        ids = RANDOM.choice(5, size=3, replace=False)
        rows = RANDOM.normal(size=(3, 3)).astype("float32")
        table = np.zeros((5, 3), "float32")
        table[ids] = rows
        table = keras.ops.convert_to_tensor(table)
        if BACKEND == "tensorflow":
            import tensorflow as tf

            table = tf.IndexedSlices(
                rows, tf.constant(ids), tf.constant([5, 3])
            )
        others = [RANDOM.normal(size=(3, 2)), RANDOM.normal(size=2)]
        others = [
            keras.ops.convert_to_tensor(each, "float32") for each in others
        ]
        yield [table, *others]


# Of a cache inside Keras, which torch's compiler traces through.
@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools")
@pytest.mark.parametrize("case", CASES)
def test_compiled_steps_are_the_eager_ones(case):
    given = list(gradients())
    eager, compiled = variables(), variables()
    optimizer = CASES[case]()
    for each in given:
        optimizer.apply(each, eager)
    copy = CASES[case]()
    compiled_steps(copy, given, compiled)
    for one, other in zip(
        values(compiled + copy.variables), values(eager + optimizer.variables)
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(BACKEND != "jax", reason="JAX tells what a step needs")
def test_a_micro_step_needs_no_second_copy_of_the_sums():
    # A copy of the sums of two weights would be 2 * 100 * 100 * 4 bytes.
    import jax

    weights = [new_variable(np.zeros((100, 100)), n) for n in ("one", "two")]
    optimizer = GradientAccumulation(keras.optimizers.Adam(), steps=2)
    optimizer.build(weights)

    def step(weights, state, gradients):
        return optimizer.stateless_apply(state, gradients, weights)

    given = [each.value for each in weights]
    state = [each.value for each in optimizer.variables]
    compiled = jax.jit(step, donate_argnums=(0, 1)).lower(given, state, given)
    memory = compiled.compile().memory_analysis()
    assert memory.temp_size_in_bytes < 100 * 100 * 4
