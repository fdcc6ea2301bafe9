import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.losses import CoSENT
from keras_addons.losses.cosent import ranking_loss
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import cosine
from tests.losses.definitions import ranking


def on_the_circle(cosines):
    """Pairs of vectors of length 2 and 3 with these cosines."""
    angles = np.arccos(cosines)
    seconds = 3 * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    firsts = np.broadcast_to([2.0, 0.0], seconds.shape)
    return np.stack([firsts, seconds], axis=1).astype("float32")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_equals_the_definition(labels):
    pairs = normal(len(labels), 2, 5)
    cosines = [7 * cosine(u, v) for u, v in pairs]
    np.testing.assert_allclose(
        value(CoSENT(scale=7.0), np.array(labels), pairs),
        ranking(labels, cosines),
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("label", [0, 1, 0.5])
def test_is_0_if_all_labels_are_equal(label):
    assert value(CoSENT(), np.full(6, label), normal(6, 2, 5)) == 0


def test_goes_to_0_with_the_margins_and_grows_if_one_pair_is_wrong():
    labels = np.array([0, 1, 2])
    # scale * margin = 20 * 0.9: log(1 + 2 e^-18 + e^-36) = 3e-8.
    right = on_the_circle([-0.9, 0.0, 0.9])
    assert 0 < value(CoSENT(), labels, right) < 1e-7
    # One pair wrong by 0.9: log(1 + e^18 + ...) = 18.
    wrong = on_the_circle([-0.9, 0.9, 0.0])
    np.testing.assert_allclose(value(CoSENT(), labels, wrong), 18, rtol=1e-3)


def test_only_the_order_of_the_labels_counts():
    pairs, labels = normal(6, 2, 5), np.array([0.0, 3, 1, 1, 2, 0])
    np.testing.assert_array_equal(
        value(CoSENT(), labels, pairs), value(CoSENT(), labels**3 - 5, pairs)
    )


def test_huge_margins_stay_finite():
    similarities = keras.ops.array([1e8, -1e8])
    loss = ranking_loss(keras.ops.array([0, 1]), similarities, scale=1.0)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(loss), 2e8)


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`scale` must be positive"):
        CoSENT(scale=0)
    with pytest.raises(ValueError, match="pairs of embeddings"):
        CoSENT()(np.ones(4), keras.ops.ones((4, 3, 5)))
