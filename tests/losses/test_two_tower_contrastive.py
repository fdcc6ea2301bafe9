import keras
import numpy as np
import pytest

from keras_addons.losses import InBatchContrastive
from keras_addons.losses import TwoTowerContrastive
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import cosine
from tests.losses.definitions import crossentropy


def forwards(ids, towers, temperature):
    """Each query among the candidates of all rows."""
    losses = []
    for i, (query, positive, *_) in enumerate(towers):
        negatives = []
        for j, (_, other, *hard) in enumerate(towers):
            if j != i and ids[j] != ids[i]:
                negatives.append(cosine(query, other) / temperature)
            negatives += [cosine(query, each) / temperature for each in hard]
        positive = cosine(query, positive) / temperature
        losses.append(crossentropy(positive, negatives))
    return np.array(losses)


def backwards(ids, towers, temperature):
    """Each positive among the queries of all rows."""
    return forwards(ids, towers[:, 1::-1], temperature)


@pytest.mark.parametrize("ids", [np.arange(5), np.array([0, 1, 0, 2, 1])])
@pytest.mark.parametrize("num_hard", [0, 1, 3])
def test_equals_the_definition(num_hard, ids):
    towers = normal(5, 2 + num_hard, 4)
    loss = TwoTowerContrastive(temperature=0.2, reduction="none")
    expected = forwards(ids, towers, 0.2)
    np.testing.assert_allclose(
        value(loss, ids, towers), expected, rtol=1e-4, atol=1e-5
    )
    symmetric = TwoTowerContrastive(0.2, symmetric=True, reduction="none")
    expected = (expected + backwards(ids, towers, 0.2)) / 2
    np.testing.assert_allclose(
        value(symmetric, ids, towers), expected, rtol=1e-4, atol=1e-5
    )


def test_without_labels_every_other_row_is_negative():
    towers, loss = normal(5, 3, 4), TwoTowerContrastive()
    np.testing.assert_array_equal(
        value(loss, None, towers), value(loss, np.arange(5), towers)
    )


def test_gradients_of_dot_products_are_the_cached_ones():
    # qtilde = (p - t) k and ktilde = (p - t)^T q, for a mean loss over n.
    towers = normal(6, 2, 4)
    queries, keys = towers[:, 0], towers[:, 1]
    scores = np.exp(queries @ keys.T)
    errors = scores / scores.sum(axis=1, keepdims=True) - np.eye(6)
    loss = TwoTowerContrastive(temperature=None)
    _, (gradient,) = value_and_gradients(
        lambda towers: loss(None, towers), towers
    )
    expected = np.stack([errors @ keys, errors.T @ queries], axis=1) / 6
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)


def test_differs_from_the_loss_of_neighbours():
    # There the positives are negatives of each other, too: 2 n - 2, not n - 1.
    towers = normal(4, 2, 5)
    rows = towers.reshape(8, 5)
    assert value(InBatchContrastive(), None, rows) > value(
        TwoTowerContrastive(symmetric=True), None, towers
    )


def test_one_tower_raises():
    with pytest.raises(ValueError, match="`y_pred` must hold query, positive"):
        TwoTowerContrastive()(None, keras.ops.ones((3, 1, 2)))
