"""A wrapper declares what it does; one judge says what may be inside."""

import keras
import pytest

from keras_addons import optimizers


class Wrapper(optimizers.OptimizerWrapper):
    """One of a user: declares in subclasses, decides nothing itself."""

    def update(self, gradients, variables):
        self.inner_optimizer.apply(gradients, variables)


def declaring(**traits):
    return type("Mine", (Wrapper,), traits)


REFUSED = [
    (
        {"moves_weights": True},
        lambda: optimizers.ExponentialMovingAverage("sgd"),
        r"Write ExponentialMovingAverage\(Mine\(",
    ),
    (
        {"moves_weights": True},
        lambda: optimizers.MasterWeights("sgd"),
        r"Write MasterWeights\(Mine\(",
    ),
    (
        {"moves_weights": True, "revises_steps": True},
        lambda: keras.optimizers.SGD(use_ema=True),
        "before Mine revises them",
    ),
    (
        {"averages_weights": True},
        lambda: keras.optimizers.SGD(use_ema=True),
        "must not average weights itself",
    ),
    (
        {"rounds_weights": True},
        lambda: optimizers.ExponentialMovingAverage("sgd"),
        r"Write ExponentialMovingAverage\(Mine\(",
    ),
    (
        {"rounds_weights": True},
        lambda: optimizers.MasterWeights("sgd"),
        "rounds the weights already. Use Mine or MasterWeights, not both",
    ),
    (
        {"accumulates": True},
        lambda: optimizers.GradientAccumulation("sgd", 3),
        "must not accumulate gradients itself.*over 3 steps",
    ),
    (
        {"accumulates": True},
        lambda: optimizers.Tiger(steps=2),
        "must not accumulate gradients itself.*over 2 steps",
    ),
    (
        {"decays_weights": True},
        lambda: keras.optimizers.SGD(weight_decay=0.1),
        "must not decay weights itself",
    ),
    (
        {"needs_elementwise": True},
        lambda: keras.optimizers.Lamb(),
        r"must be elementwise.*Lookahead\(Mine",
    ),
    (
        {"needs_elementwise": True},
        lambda: optimizers.Lookahead("sgd"),
        r"must be elementwise.*Lookahead\(Mine",
    ),
]


@pytest.mark.parametrize("traits, inner, message", REFUSED)
def test_what_a_wrapper_declares_decides_what_may_be_inside(
    traits, inner, message
):
    with pytest.raises(ValueError, match=message):
        declaring(**traits)(inner())
    # However deep it is.
    with pytest.raises(ValueError, match=message):
        declaring(**traits)(Wrapper(inner()))


@pytest.mark.parametrize("traits, inner, message", REFUSED)
def test_a_wrapper_that_declares_nothing_may_be_around_it(
    traits, inner, message
):
    Wrapper(inner())


def test_calls_and_updates_are_counted_apart():
    weight = keras.Variable([0.0])
    optimizer = Wrapper(optimizers.GradientAccumulation("sgd", 3))
    for _ in range(7):  # two updates, and one gradient waits
        optimizer.apply([keras.ops.ones(1)], [weight])
    assert int(optimizer.num_calls.numpy()) == 7
    assert int(optimizer.iterations.numpy()) == 2
