import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_addons.losses import SoftAccuracy
from keras_addons.losses import soft_accuracy_loss
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value

LOGITS, LABELS = normal(6, 4), np.array([0, 3, 1, 1, 2, 0])


def test_is_one_minus_the_probability_of_the_right_class():
    right = special.softmax(LOGITS, axis=-1)[np.arange(6), LABELS]
    actual = value(SoftAccuracy(), LABELS, LOGITS)
    np.testing.assert_allclose(actual, np.mean(1 - right), rtol=1e-6)


def test_large_logits_give_one_minus_the_accuracy():
    accuracy = np.mean(LOGITS.argmax(-1) == LABELS)
    assert 0 < accuracy < 1
    actual = value(SoftAccuracy(), LABELS, 1000 * LOGITS)
    np.testing.assert_allclose(actual, 1 - accuracy, rtol=1e-6)


def test_is_half_the_absolute_error_of_the_probabilities():
    errors = np.abs(special.softmax(LOGITS, axis=-1) - np.eye(4)[LABELS])
    actual = value(soft_accuracy_loss, LABELS, LOGITS)
    np.testing.assert_allclose(actual, errors.sum(-1) / 2, rtol=1e-6)


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_gradient_is_that_of_a_softmax(jit_compile):
    labels = ops.convert_to_tensor(LABELS)
    _, (gradient,) = value_and_gradients(
        lambda logits: ops.sum(soft_accuracy_loss(labels, logits)),
        LOGITS,
        jit_compile=jit_compile,
    )
    shares = special.softmax(LOGITS, axis=-1)
    right = shares[np.arange(6), LABELS][:, None]
    expected = -right * (np.eye(4)[LABELS] - shares)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


def test_a_nearly_right_answer_keeps_its_small_loss():
    # 1 - p would be 0 in float32: p = 1 / (1 + e^-20).
    actual = value(soft_accuracy_loss, [0], np.float32([[20.0, 0.0]]))
    np.testing.assert_allclose(actual, np.exp(-20.0), rtol=1e-5)


def test_labels_of_more_axes_and_as_a_column():
    logits, labels = normal(2, 3, 4), np.array([[0, 1, 2], [3, 3, 0]])
    actual = value(soft_accuracy_loss, labels, logits)
    assert actual.shape == (2, 3)
    flat = value(soft_accuracy_loss, labels.reshape(6, 1), logits.reshape(6, 4))
    np.testing.assert_allclose(actual.ravel(), flat, rtol=1e-6)


def test_sample_weights_weigh_examples():
    each = value(soft_accuracy_loss, LABELS, LOGITS)
    weights = np.array([1.0, 0.0, 2.0, 0.0, 0.0, 3.0])
    actual = value(SoftAccuracy(), LABELS, LOGITS, sample_weight=weights)
    np.testing.assert_allclose(actual, each @ weights / 6, rtol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_fit_learns(policy):
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential([keras.layers.Dense(4)])
    model.compile(keras.optimizers.SGD(2.0), SoftAccuracy())
    history = model.fit(np.eye(6), LABELS, epochs=20, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0] - 0.2


def test_round_trip():
    check_config_round_trip(SoftAccuracy(reduction="sum", name="x"))
