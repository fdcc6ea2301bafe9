import numpy as np
import pytest

from keras_addons.losses import BatchHardTriplet
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import METRICS


def by_definition(classes, vectors, margin, distance):
    losses = []
    for i, vector in enumerate(vectors):
        positives, negatives = [], []
        for j, other in enumerate(vectors):
            if classes[i] != classes[j]:
                negatives.append(distance(vector, other))
            elif i != j:
                positives.append(distance(vector, other))
        if not positives or not negatives:
            losses.append(0.0)
            continue
        gap = max(positives) - min(negatives)
        soft = np.log(1 + np.exp(gap))
        losses.append(soft if margin is None else max(0.0, margin + gap))
    return losses


@pytest.mark.parametrize("margin", [0.1, 1.0, None])
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("num_classes", [1, 3, 6, 12])
def test_equals_the_definition(num_classes, metric, margin):
    vectors = normal(12, 4)
    classes = np.random.default_rng(1).integers(0, num_classes, 12)
    loss = BatchHardTriplet(margin, metric, reduction="none")
    np.testing.assert_allclose(
        value(loss, classes, vectors),
        by_definition(classes, vectors, margin, METRICS[metric]),
        rtol=1e-4,
        atol=1e-5,
    )


def test_gradient_pulls_the_positive_and_pushes_the_negative():
    # Of row 0 at 0: d = 3 to its positive at 3, 1 to its negative at -1, so
    # each of the two gets its direction, and 0 both. Row 1 at 3 likewise has
    # d = 3 and 4. The mean over 3 rows; the negative has no positive.
    vectors = np.array([[0.0], [3.0], [-1.0]], "float32")
    loss = BatchHardTriplet(margin=5.0)
    _, (gradient,) = value_and_gradients(
        lambda vectors: loss(np.array([0, 0, 1]), vectors), vectors
    )
    expected = [[-1 - 1 - 1], [1 + 1 - 1], [1 + 1]]
    np.testing.assert_allclose(gradient, np.array(expected) / 3, atol=1e-6)


def test_equal_rows_have_a_finite_gradient():
    loss = BatchHardTriplet()
    _, (gradient,) = value_and_gradients(
        lambda vectors: loss(np.array([0, 0, 1, 1]), vectors),
        np.ones((4, 3), "float32"),
    )
    np.testing.assert_array_equal(gradient, np.zeros((4, 3)))


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`margin` must be positive"):
        BatchHardTriplet(margin=0)
    with pytest.raises(ValueError, match="`metric` must be one of"):
        BatchHardTriplet(metric="L2")
