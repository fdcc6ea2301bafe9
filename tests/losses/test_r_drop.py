import numpy as np
import pytest
from keras import ops

from keras_addons.losses import RDrop
from keras_addons.losses import r_drop_loss
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(6, 5)).astype("float32")
LABELS = np.repeat([2, 0, 4], 2)


def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def by_the_paper(logits, alpha):
    """Half the mean of `CE_1 + CE_2 + alpha / 2 (KL + KL)` an example."""
    logits = log_softmax(logits.astype("float64"))
    total = 0.0
    for example in range(len(logits) // 2):
        first, second = logits[2 * example], logits[2 * example + 1]
        label = LABELS[2 * example]
        forth = np.sum(np.exp(first) * (first - second))
        back = np.sum(np.exp(second) * (second - first))
        total += -first[label] - second[label] + alpha / 2 * (forth + back)
    return total / (len(logits) // 2) / 2


@pytest.mark.parametrize("alpha", [0.0, 1.0, 4.0])
def test_the_mean_is_half_of_the_paper_s(alpha):
    loss = float(RDrop(alpha)(LABELS, LOGITS))
    np.testing.assert_allclose(loss, by_the_paper(LOGITS, alpha), rtol=1e-5)


def test_gradients_pass_through_both_sides():
    def function(logits):
        return ops.mean(r_drop_loss(ops.convert_to_tensor(LABELS), logits, 3.0))

    _, (gradient,) = value_and_gradients(function, LOGITS)
    for where in np.ndindex(LOGITS.shape):
        step = np.zeros(LOGITS.shape)
        step[where] = 1e-5
        up, down = (by_the_paper(LOGITS + s, 3.0) for s in (step, -step))
        assert abs(gradient[where] - (up - down) / 2e-5) < 1e-4


def test_equal_copies_have_the_cross_entropy_alone():
    logits = np.repeat(LOGITS[::2], 2, axis=0)
    losses = ops.convert_to_numpy(r_drop_loss(LABELS, logits))
    expected = -log_softmax(logits)[np.arange(6), LABELS]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_each_token_is_compared_with_its_copy():
    logits = RANDOM.normal(size=(2, 3, 5)).astype("float32")
    labels = RANDOM.integers(0, 5, (2, 3))
    losses = ops.convert_to_numpy(r_drop_loss(labels, logits))
    for position in range(3):
        of_token = r_drop_loss(labels[:, position], logits[:, position])
        np.testing.assert_allclose(
            losses[:, position], ops.convert_to_numpy(of_token), rtol=1e-5
        )


def test_sample_weights_weigh_the_rows():
    losses = ops.convert_to_numpy(r_drop_loss(LABELS, LOGITS))
    weights = np.array([1, 1, 0, 0, 2, 2.0])
    loss = float(RDrop()(LABELS, LOGITS, sample_weight=weights))
    np.testing.assert_allclose(loss, np.mean(weights * losses), rtol=1e-5)


def test_round_trip():
    check_config_round_trip(RDrop(alpha=2.0, reduction="sum"))


def test_an_odd_number_of_rows_is_refused():
    with pytest.raises(ValueError, match=r"even number of rows.*\(5, 5\)"):
        RDrop()(LABELS[:5], LOGITS[:5])


def test_alpha_must_not_be_negative():
    with pytest.raises(ValueError, match="`alpha` must be >= 0"):
        RDrop(alpha=-1.0)
