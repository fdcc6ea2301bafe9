import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.losses import InBatchContrastive
from keras_addons.losses import SupervisedContrastive
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import cosine


def by_definition(classes, vectors, temperature):
    """Equation 2 of the paper, row by row."""
    losses = []
    for i, vector in enumerate(vectors):
        others = [j for j in range(len(vectors)) if j != i]
        scores = {j: cosine(vector, vectors[j]) / temperature for j in others}
        total = sum(np.exp(score) for score in scores.values())
        terms = [
            -np.log(np.exp(scores[j]) / total)
            for j in others
            if classes[j] == classes[i]
        ]
        losses.append(np.mean(terms) if terms else 0.0)
    return losses


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=7, max_size=7))
def test_equals_the_definition(classes):
    vectors = normal(len(classes), 4)
    loss = SupervisedContrastive(temperature=0.3, reduction="none")
    np.testing.assert_allclose(
        value(loss, np.array(classes), vectors),
        by_definition(classes, vectors, 0.3),
        rtol=1e-4,
        atol=1e-5,
    )


def test_a_row_alone_counts_0():
    result, (gradient,) = value_and_gradients(
        lambda vectors: SupervisedContrastive()(np.array([5]), vectors),
        normal(1, 4),
    )
    assert result == 0
    np.testing.assert_array_equal(gradient, np.zeros((1, 4)))


def test_classes_of_two_neighbours_are_the_loss_of_neighbours():
    classes, vectors = np.arange(8) // 2, normal(8, 5)
    np.testing.assert_allclose(
        value(SupervisedContrastive(0.05), classes, vectors),
        value(InBatchContrastive(0.05), classes, vectors),
        rtol=1e-5,
    )


def test_dot_products_are_taken_as_they_are():
    vectors, classes = normal(6, 4), np.arange(6) % 2
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(
        value(SupervisedContrastive(None), classes, units * np.sqrt(10)),
        value(SupervisedContrastive(0.1), classes, vectors),
        rtol=1e-5,
    )


def test_bad_temperature_raises():
    with pytest.raises(ValueError, match="`temperature` must be positive"):
        SupervisedContrastive(temperature=-1)
