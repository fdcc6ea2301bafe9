import keras
import numpy as np
import pytest

from keras_addons.losses import SimilarityDistillation
from tests.losses.cases import normal
from tests.losses.cases import value
from tests.losses.definitions import cosine

TEACHER, STUDENT = normal(6, 7, seed=1), normal(6, 4)


def test_equals_the_definition():
    total = 0.0
    for i in range(6):
        for j in range(6):
            difference = cosine(STUDENT[i], STUDENT[j])
            difference -= cosine(TEACHER[i], TEACHER[j])
            total += difference**2
    np.testing.assert_allclose(
        value(SimilarityDistillation(), TEACHER, STUDENT),
        100 / 6**2 * total,
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        value(SimilarityDistillation(weight=3.0), TEACHER, STUDENT),
        3 / 6**2 * total,
        rtol=1e-5,
    )


def rotation(size):
    return np.linalg.qr(normal(size, size, seed=9))[0]


def test_does_not_see_rotations_and_lengths():
    lengths = np.random.default_rng(4).uniform(0.1, 9, (6, 1))
    np.testing.assert_allclose(
        value(
            SimilarityDistillation(), lengths * TEACHER @ rotation(7), STUDENT
        ),
        value(SimilarityDistillation(), TEACHER, STUDENT),
        rtol=1e-5,
    )


def test_is_0_exactly_if_all_cosines_agree():
    turned = 2.0 * STUDENT @ rotation(4)
    assert value(SimilarityDistillation(), turned, STUDENT) < 1e-10
    turned[0] += 0.1
    assert value(SimilarityDistillation(), turned, STUDENT) > 1e-4


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`weight` must be positive"):
        SimilarityDistillation(weight=0)
    with pytest.raises(ValueError, match="`y_true` must hold the teacher's"):
        SimilarityDistillation()(np.ones(4), keras.ops.ones((4, 2)))
