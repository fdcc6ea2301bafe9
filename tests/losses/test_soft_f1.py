import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_addons.losses import SoftF1
from keras_addons.losses import soft_f1_loss
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.losses.cases import normal
from tests.losses.cases import value

LOGITS = normal(8, 3)
LABELS = (normal(8, 3, seed=1) > 0).astype("float32")


def f1(labels, shares):
    return 2 * np.sum(shares * labels) / np.sum(shares + labels)


@pytest.mark.parametrize("average", ["micro", "macro"])
@pytest.mark.parametrize("shape", [(8, 3), (8,), (2, 4, 3)])
def test_equals_the_definition(average, shape):
    logits, labels = LOGITS[:, :1], LABELS[:, :1]
    if shape != (8,):
        logits, labels = LOGITS, LABELS
    logits, labels = logits.reshape(shape), labels.reshape(shape)
    shares = special.expit(logits.astype("float64"))
    expected = f1(labels, shares)
    if average == "macro" and shape != (8,):
        columns = zip(labels.reshape(8, 3).T, shares.reshape(8, 3).T)
        expected = np.mean([f1(*each) for each in columns])
    elif average == "macro":  # every place of the only axis is a class
        expected = np.mean([f1(*each) for each in zip(labels, shares)])
    actual = value(SoftF1(average), labels, logits)
    np.testing.assert_allclose(actual, 1 - expected, rtol=1e-5)


@pytest.mark.parametrize("average", ["micro", "macro"])
def test_large_logits_give_one_minus_the_f1_of_keras(average):
    metric = keras.metrics.F1Score(average, threshold=0.5)
    metric.update_state(LABELS, (LOGITS > 0).astype("float32"))
    actual = value(SoftF1(average), LABELS, 1000 * LOGITS)
    np.testing.assert_allclose(actual, 1 - float(metric.result()), atol=1e-6)


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_the_gradient_is_that_of_the_fraction(jit_compile):
    labels = ops.convert_to_tensor(LABELS)
    _, (gradient,) = value_and_gradients(
        lambda logits: soft_f1_loss(labels, logits),
        LOGITS,
        jit_compile=jit_compile,
    )
    shares = special.expit(LOGITS.astype("float64"))
    total = np.sum(shares + LABELS)
    by_share = -(2 * LABELS - f1(LABELS, shares)) / total
    expected = by_share * shares * (1 - shares)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


def test_nothing_to_find_and_nothing_found_is_0_and_finite():
    labels = ops.zeros((3, 2))
    loss, (gradient,) = value_and_gradients(
        lambda logits: soft_f1_loss(labels, logits, "macro"),
        np.full((3, 2), -200.0, "float32"),
    )
    np.testing.assert_allclose(loss, 0, atol=1e-6)
    np.testing.assert_array_equal(gradient, 0)


def test_the_loss_is_that_of_the_batch_and_not_a_mean_of_parts():
    whole = value(SoftF1(), LABELS, LOGITS)
    halves = [
        value(SoftF1(), LABELS[part], LOGITS[part])
        for part in (slice(4), slice(4, 8))
    ]
    assert abs(np.mean(halves) - whole) > 1e-4


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_fit_learns(policy):
    keras.config.set_dtype_policy(policy)
    model = keras.Sequential([keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(5.0), SoftF1())
    history = model.fit(np.eye(8), LABELS, epochs=30, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0] - 0.15


def test_round_trip():
    copy = check_config_round_trip(SoftF1("macro", name="x"))
    assert copy.average == "macro"


def test_bad_arguments_raise():
    with pytest.raises(ValueError, match="`average` must be"):
        SoftF1("weighted")
    with pytest.raises(ValueError, match="`average` must be"):
        soft_f1_loss(LABELS, LOGITS, None)
    with pytest.raises(ValueError, match="`y_pred` must have the shape"):
        SoftF1()(LABELS[:, 0], ops.convert_to_tensor(LOGITS))
    with pytest.raises(ValueError, match="`sample_weight` must be None"):
        SoftF1()(LABELS, LOGITS, sample_weight=np.ones(8))
