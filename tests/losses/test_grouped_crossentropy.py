import keras
import numpy as np
import pytest

from keras_addons.losses import GroupedCrossentropy
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value

GROUPS = (2, 3, 1)
MEMBERS = [[0, 1], [2, 3, 4], [5]]
LABELS = np.array([0, 4, 1, 5, 2, 3])
LOGITS = 3 * normal(6, 6)


def by_definition(labels, logits):
    losses = []
    for label, row in zip(labels, logits):
        (group,) = (members for members in MEMBERS if label in members)
        total = sum(np.exp(row[member]) for member in group)
        losses.append(-np.log(np.exp(row[label]) / total))
    return losses


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_equals_the_definition(shape):
    loss = GroupedCrossentropy(GROUPS, reduction="none")
    np.testing.assert_allclose(
        value(loss, LABELS.reshape(shape), LOGITS),
        by_definition(LABELS, LOGITS),
        rtol=1e-5,
        atol=1e-6,
    )


def test_labels_may_have_more_axes():
    loss = GroupedCrossentropy(GROUPS, reduction="none")
    np.testing.assert_array_equal(
        value(loss, LABELS.reshape(2, 3), LOGITS.reshape(2, 3, 6)),
        value(loss, LABELS, LOGITS).reshape(2, 3),
    )


def test_one_group_is_the_usual_crossentropy():
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    np.testing.assert_allclose(
        value(GroupedCrossentropy([6]), LABELS, LOGITS),
        value(expected, LABELS, LOGITS),
        rtol=1e-5,
    )


def test_logits_of_other_groups_get_no_gradient():
    loss = GroupedCrossentropy(GROUPS)
    _, (gradient,) = value_and_gradients(
        lambda logits: loss(LABELS, logits), LOGITS
    )
    for label, row in zip(LABELS, gradient):
        (group,) = (members for members in MEMBERS if label in members)
        others = np.delete(row, group)
        np.testing.assert_array_equal(others, np.zeros(len(others)))
        np.testing.assert_allclose(np.sum(row[group]), 0, atol=1e-6)


def test_other_groups_do_not_matter_however_large():
    logits = np.array([[0.0, 0.0, 1e8, -1e8, 1e8, 1e8]], "float32")
    np.testing.assert_allclose(
        value(GroupedCrossentropy(GROUPS), np.array([1]), logits),
        np.log(2),
        rtol=1e-6,
    )


@pytest.mark.parametrize("label", [-1, 6, 100, -7])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_label_that_is_no_class_has_no_loss(label, jit_compile):
    # Its own logit would count as 0: log(sum exp) has no minimum, or is -inf.
    labels = np.where(np.arange(6) == 2, label, LABELS)
    loss = GroupedCrossentropy(GROUPS, reduction="none")
    is_nan = np.isnan(value(loss, labels, LOGITS))
    assert is_nan.tolist() == [False, False, True, False, False, False]
    mean, (gradient,) = value_and_gradients(
        lambda logits: GroupedCrossentropy(GROUPS)(labels, logits),
        LOGITS,
        jit_compile=jit_compile,
    )
    assert np.isnan(mean)
    np.testing.assert_array_equal(gradient[2], np.zeros(6))


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`groups` must be positive"):
        GroupedCrossentropy((2, 0))
    with pytest.raises(ValueError, match="last axis of `y_pred` must be 6"):
        GroupedCrossentropy(GROUPS)(LABELS, keras.ops.ones((6, 5)))
