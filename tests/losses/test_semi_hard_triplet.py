import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_addons.losses import SemiHardTriplet
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import METRICS


def by_definition(classes, vectors, margin, distance):
    rows = range(len(vectors))
    losses = []
    for i in rows:
        negatives = [
            distance(vectors[i], vectors[n])
            for n in rows
            if classes[n] != classes[i]
        ]
        for p in rows:
            if p == i or classes[p] != classes[i] or not negatives:
                continue
            positive = distance(vectors[i], vectors[p])
            beyond = [each for each in negatives if each > positive]
            negative = min(beyond) if beyond else max(negatives)
            losses.append(max(0.0, margin + positive - negative))
    return np.mean(losses) if losses else 0.0


@pytest.mark.parametrize("margin", [0.1, 3.0])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("num_classes", [1, 3, 6, 12])
def test_equals_the_definition(num_classes, metric, margin):
    vectors = normal(12, 4)
    classes = np.random.default_rng(1).integers(0, num_classes, 12)
    np.testing.assert_allclose(
        value(SemiHardTriplet(margin, metric), classes, vectors),
        by_definition(classes, vectors, margin, METRICS[metric]),
        rtol=1e-4,
        atol=1e-5,
    )


# Whole numbers in one dimension: many equal distances, exact in float32.
@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(-3, 3)),
        min_size=7,
        max_size=7,
    )
)
def test_a_negative_as_far_as_the_positive_is_not_beyond(rows):
    classes, places = np.array(rows).T
    vectors = places[:, None].astype("float32")
    np.testing.assert_allclose(
        value(SemiHardTriplet(1.0), classes, vectors),
        by_definition(classes, vectors, 1.0, METRICS["squared_euclidean"]),
        rtol=1e-5,
    )


def test_gradient_by_differences():
    vectors, classes = normal(6, 3), np.array([0, 0, 1, 1, 1, 2])
    loss = SemiHardTriplet(2.0)
    _, (gradient,) = value_and_gradients(
        lambda vectors: loss(classes, vectors), vectors
    )
    expected, step = np.zeros((6, 3)), 1e-3
    for place in np.ndindex(6, 3):
        moved = np.zeros((6, 3))
        moved[place] = step
        high, low = (
            by_definition(classes, each, 2.0, METRICS["squared_euclidean"])
            for each in (vectors + moved, vectors - moved)
        )
        expected[place] = (high - low) / (2 * step)
    np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4)


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`margin` must be positive"):
        SemiHardTriplet(margin=None)
    with pytest.raises(ValueError, match="`metric` must be one of"):
        SemiHardTriplet(metric="L2")
