"""n steps, saved, loaded by another process, n steps: as 2n steps at once."""

import itertools

import keras
import pytest

from keras_addons import optimizers
from tests.archive import train
from tests.optimizers.training import BATCHES
from tests.optimizers.training import new_model

WRAPPERS = {
    "Accumulation": lambda inner: optimizers.GradientAccumulation(inner, 2),
    "Adaptation": lambda inner: optimizers.LayerAdaptation(inner, ["bias"]),
    "Centralization": optimizers.GradientCentralization,
    "Decay": lambda inner: optimizers.WeightDecay(inner, 0.1, ["bias"]),
    "Lookahead": lambda inner: optimizers.Lookahead(inner, sync_period=2),
    "Multiplier": lambda inner: optimizers.LearningRateMultiplier(
        inner, {"table": 0.5, "bias": 2.0}
    ),
    "Lazy": lambda inner: optimizers.LazyOptimizer(inner, ["table"]),
}
SCHEDULE = keras.optimizers.schedules.CosineDecay(0.01, 10)
ELEMENTWISE = {
    "Adam": lambda: keras.optimizers.Adam(0.01),
    "SGD": lambda: keras.optimizers.SGD(SCHEDULE, momentum=0.9),
    # Not Nadam: within a LossScaleOptimizer Keras 3.15 does not save a part
    # of its state, wrapped or not.
    "RMSprop": lambda: keras.optimizers.RMSprop(0.01, momentum=0.5),
}
MICRO_STEPS = {
    "AccumulatedAdam": lambda: optimizers.AccumulatedAdam(0.01, steps=2),
    "AccumulatedSGD": lambda: optimizers.AccumulatedSGD(0.1, steps=2),
    "Tiger": lambda: optimizers.Tiger(0.01, weight_decay=0.0, steps=2),
}
OTHERS = {
    "AdaFactor": lambda: optimizers.AdaFactor(0.01, 0.9),
    "AdaFactor, relative": lambda: optimizers.AdaFactor(None),
    "EGDD": lambda: optimizers.EGDD(0.01),
    "ExponentiatedGradient": lambda: optimizers.ExponentiatedGradient(0.1),
    "StepSizeAdaptation": lambda: optimizers.StepSizeAdaptation(0.01),
    "clipnorm": lambda: keras.optimizers.Adam(0.01, global_clipnorm=0.1),
}
INNER = ELEMENTWISE | MICRO_STEPS | OTHERS
POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")
HALVES = ("bfloat16", "float16")
AROUND_WRAPPERS = {
    "Masters": optimizers.MasterWeights,
    "Rounding": lambda inner: optimizers.StochasticRounding(inner, seed=1),
    "Skip": optimizers.SkipNonFinite,
}


def matrix():
    """Legal nestings: all of one and two wrappers, two thirds of three.

    Legal: no wrapper twice, `LazyOptimizer` innermost, one accumulation.
    Optimizers and policies go round, so that all meet each wrapper.
    """
    elementwise = itertools.cycle(ELEMENTWISE)
    accumulated = itertools.cycle(ELEMENTWISE | OTHERS)
    others = itertools.cycle(INNER)
    policy = itertools.cycle(POLICIES)
    for name in INNER:
        yield (), name, "float32"
    for depth in (1, 2, 3):
        nestings = itertools.permutations(WRAPPERS, depth)
        for number, names in enumerate(nestings):
            if depth == 3 and number % 3 == 2:
                continue  # all were seen to hold; these save ten seconds
            inner = accumulated if "Accumulation" in names else others
            if names[-1] == "Lazy":
                inner = elementwise
            if "Lazy" not in names[:-1]:
                yield names, next(inner), next(policy)


def matrix_of_halves():
    """Weights of 16 bits: every optimizer alone, on masters and rounded.

    Then each wrapper without masters, and nestings of one and two with them,
    around those that change weights and on either side of the others. Each
    wrapper within and, where that is legal, around stochastic rounding.
    """
    elementwise = itertools.cycle(ELEMENTWISE)
    for name in INNER:
        yield ("Rounding",), name, "bfloat16"
    for name in WRAPPERS:
        yield ("Rounding", name), next(elementwise), "bfloat16"
    for name in ("Accumulation", "Centralization"):
        yield (name, "Rounding"), next(elementwise), "bfloat16"
    for policy in HALVES:
        for name in INNER:
            if name != "clipnorm":
                # Keras' own, on TensorFlow, has no norm of sparse gradients
                # of 16 bits beside others of float32.
                yield (), name, policy
            yield ("Masters",), name, policy
        for name in WRAPPERS:
            yield (name,), "SGD", policy  # Adam would warn, and stay
    elementwise = itertools.cycle(ELEMENTWISE)
    policy = itertools.cycle(HALVES)
    for depth in (1, 2):
        for names in itertools.permutations(WRAPPERS, depth):
            if "Lazy" in names[:-1]:
                continue
            yield ("Masters", *names), next(elementwise), next(policy)
            if names[0] in ("Accumulation", "Centralization"):
                names = ("Skip", names[0], "Masters", *names[1:])
                yield names, next(elementwise), next(policy)


def build(names, inner):
    optimizer = INNER[inner]()
    for name in reversed(names):
        optimizer = (WRAPPERS | AROUND_WRAPPERS)[name](optimizer)
    return optimizer


@pytest.mark.parametrize(
    "names, inner, policy", [*matrix(), *matrix_of_halves()]
)
def test_a_fresh_process_goes_on_where_this_one_stops(
    names, inner, policy, archive
):
    # Saved after three steps: in the middle of an accumulation and of a
    # period of Lookahead. This process goes on, the fresh one has to follow.
    keras.config.set_dtype_policy(policy)
    model = new_model()
    model.compile(build(names, inner), "mse", run_eagerly=True)
    train(model, BATCHES[:3])
    archive.add(
        f"{'('.join([*names, inner])} under {policy}",
        model,
        BATCHES[0][0],
        tolerance=1e-6,
        batches=BATCHES[3:5],
    )
