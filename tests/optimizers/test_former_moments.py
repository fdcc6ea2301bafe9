"""Files in which AdaFactor's state has the shapes from before merging axes."""

import numpy as np
import pytest

from keras_addons.optimizers import AdaFactor
from tests.optimizers.adafactor_problems import random_problem
from tests.optimizers.adafactor_problems import steps
from tests.optimizers.training import state_of

BETA = 0.75
# Where its axes were the rows and the columns; all others were kept.
FORMER = {
    # Two axes of at least 4, and one of 3 matrices.
    (3, 4, 6): (1, 2),
    # The second of three axes counts the matrices.
    (6, 2, 5): (0, 2),
    # No two axes of at least 4: a full second moment; now 4 x 6 and 6 x 4.
    (4, 2, 3): None,
    (3, 2, 4): None,
    # Not merged at all.
    (4, 6): (0, 1),
    (5,): None,
}


def former_state(shape, gradients):
    """Averages of squares and of their means over one axis, as it was."""
    axes = FORMER[shape]
    moments = [0.0] if axes is None else [0.0, 0.0]
    for gradient in gradients:
        squares = gradient.astype("float64") ** 2
        if axes is None:
            means = [squares]
        else:
            squares = np.moveaxis(squares, axes, (-2, -1))
            means = [squares.mean(axis, keepdims=True) for axis in (-1, -2)]
        moments = [
            BETA * moment + (1 - BETA) * mean
            for moment, mean in zip(moments, means)
        ]
    return moments


def new_optimizer(beta_1):
    return AdaFactor(0.5, beta_1, BETA, min_dim_size_to_factor=4)


@pytest.mark.parametrize("beta_1", [0.0, 0.9])
def test_state_with_separate_axes_goes_on_as_if_they_had_been_merged(beta_1):
    """A `.keras` file hands the optimizer such a store."""
    for shape in FORMER:
        weight, gradients = random_problem(shape, num_steps=3)
        expected = new_optimizer(beta_1)
        steps(expected, weight, gradients)
        store = [expected.iterations.numpy(), np.array(0.5)]
        store += former_state(shape, gradients)
        if beta_1:
            store.append(state_of(expected, "first_moment")[0].numpy())
        loaded = new_optimizer(beta_1)
        loaded.build(expected._trainable_variables)
        loaded.load_own_variables(
            {str(index): array for index, array in enumerate(store)}
        )
        for ours, other in zip(
            loaded.variables, expected.variables, strict=True
        ):
            np.testing.assert_allclose(
                ours.numpy(), other.numpy(), rtol=1e-5, err_msg=str(shape)
            )


def test_state_from_before_the_first_step_is_zero():
    optimizer = new_optimizer(0.0)
    weight, _ = random_problem((3, 4, 6))
    steps(optimizer, weight, [weight])
    zeros = [np.zeros((3, 4, 1)), np.zeros((3, 1, 6))]
    arrays = enumerate([np.array(0), np.array(0.5), *zeros])
    optimizer.load_own_variables({str(i): array for i, array in arrays})
    for moment in optimizer.variables[2:]:
        assert not moment.numpy().any()


def test_other_stores_are_left_to_keras():
    optimizer = new_optimizer(0.0)
    weight, _ = random_problem((3, 4, 6))
    steps(optimizer, weight, [weight])
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        optimizer.load_own_variables({"Lookahead.0": np.zeros(())})
