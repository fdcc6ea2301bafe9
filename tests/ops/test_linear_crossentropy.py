import keras
import numpy as np
import pytest
from keras import ops

from keras_addons.ops.linear_crossentropy import linear_crossentropy
from tests.gradients import value_and_gradients

RANDOM = np.random.default_rng(0)
BATCH, LENGTH, DIM, VOCABULARY = 3, 7, 5, 11
FEATURES = RANDOM.normal(size=(BATCH, LENGTH, DIM)).astype("float32")
TABLE = RANDOM.normal(size=(VOCABULARY, DIM)).astype("float32")
BIAS = RANDOM.normal(size=VOCABULARY).astype("float32")
WEIGHTS = RANDOM.normal(size=(BATCH, LENGTH)).astype("float32")
TARGETS = RANDOM.integers(1, VOCABULARY, (BATCH, LENGTH)).astype("int32")
TARGETS[0] = 0
TARGETS[1, ::2] = -100


def plain_losses(features, table, bias):
    """Row by row, in float64."""
    losses = np.zeros((BATCH, LENGTH))
    for where in np.ndindex(BATCH, LENGTH):
        if TARGETS[where] > 0:
            logits = table.astype("float64") @ features[where] + bias
            total = np.log(np.exp(logits).sum())
            losses[where] = total - logits[TARGETS[where]]
    return losses


def plain_gradients():
    """`(softmax - one_hot) * weight`, back through the product, in float64."""
    into = [np.zeros(each.shape) for each in (FEATURES, TABLE, BIAS)]
    for where in np.ndindex(BATCH, LENGTH):
        if TARGETS[where] > 0:
            logits = TABLE.astype("float64") @ FEATURES[where] + BIAS
            error = np.exp(logits) / np.exp(logits).sum()
            error[TARGETS[where]] -= 1
            error *= WEIGHTS[where]
            into[0][where] = error @ TABLE
            into[1] += np.outer(error, FEATURES[where])
            into[2] += error
    return into


def weighted_sum(chunk_size):
    def function(features, table, bias):
        losses = linear_crossentropy(
            features, table, ops.convert_to_tensor(TARGETS), bias, chunk_size
        )
        return ops.sum(ops.multiply(losses, WEIGHTS))

    return function


@pytest.mark.parametrize("chunk_size", [1, 4, 256])
def test_losses_are_those_of_the_whole_logits(chunk_size):
    losses = linear_crossentropy(FEATURES, TABLE, TARGETS, BIAS, chunk_size)
    np.testing.assert_allclose(
        ops.convert_to_numpy(losses),
        plain_losses(FEATURES, TABLE, BIAS),
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.parametrize(
    "chunk_size, jit_compile", [(1, False), (4, True), (256, False)]
)
def test_gradients_are_those_of_the_whole_logits(chunk_size, jit_compile):
    value, gradients = value_and_gradients(
        weighted_sum(chunk_size), FEATURES, TABLE, BIAS, jit_compile=jit_compile
    )
    expected = (plain_losses(FEATURES, TABLE, BIAS) * WEIGHTS).sum()
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    for actual, expected in zip(gradients, plain_gradients(), strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


def test_a_last_chunk_that_is_not_full_counts_no_row_twice():
    targets = np.maximum(TARGETS, 1)  # in all of 21 rows

    def gradient_of_table(chunk_size):
        def function(table):
            return ops.sum(
                linear_crossentropy(
                    ops.array(FEATURES), table, targets, None, chunk_size
                )
            )

        return value_and_gradients(function, TABLE)[1][0]

    np.testing.assert_allclose(
        gradient_of_table(8), gradient_of_table(1), atol=1e-5
    )


def test_bfloat16_features_are_exact_to_bfloat16():
    def function(features, table, bias):
        return weighted_sum(4)(ops.cast(features, "bfloat16"), table, bias)

    _, gradients = value_and_gradients(function, FEATURES, TABLE, BIAS)
    # Eight bits a number, some twenty terms a sum.
    for actual, expected in zip(gradients, plain_gradients(), strict=True):
        error = np.abs(actual - expected).max() / np.abs(expected).max()
        assert 1e-5 < error < 0.03


def test_without_any_target_all_is_zero():
    def function(features, table):
        return ops.sum(linear_crossentropy(features, table, 0 * TARGETS))

    value, gradients = value_and_gradients(function, FEATURES, TABLE)
    assert value == 0
    assert all(np.all(each == 0) for each in gradients)


def test_rows_without_a_target_are_not_computed():
    features = FEATURES.copy()
    features[TARGETS < 1] = np.nan
    losses = linear_crossentropy(features, TABLE, TARGETS, chunk_size=1)
    assert np.isfinite(ops.convert_to_numpy(losses)).all()


def test_chunk_size_must_be_positive():
    with pytest.raises(
        ValueError, match="`chunk_size` must be an integer >= 1"
    ):
        linear_crossentropy(FEATURES, TABLE, TARGETS, chunk_size=0)


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="JAX's transform")
def test_it_can_be_differentiated_inside_a_checkpointed_scan():
    import jax

    @jax.checkpoint
    def add(total, example):
        features, targets, weights = example
        losses = linear_crossentropy(features, TABLE, targets, BIAS, 4)
        return total + (losses * weights).sum(), None

    def function(features):
        return jax.lax.scan(add, 0.0, (features, TARGETS, WEIGHTS))[0]

    np.testing.assert_allclose(
        jax.grad(function)(FEATURES), plain_gradients()[0], atol=1e-5
    )
