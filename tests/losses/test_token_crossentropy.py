import keras
import numpy as np
import pytest

from keras_addons.losses import TokenCrossentropy
from keras_addons.losses import token_crossentropy
from tests.checks import check_config_round_trip

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(2, 5, 7)).astype("float32")
TARGETS = np.array([[0, 3, 6, 0, -100], [1, 2, 3, 4, 0]])


def plain(where):
    logits = LOGITS[where].astype("float64")
    return np.log(np.exp(logits).sum()) - logits[TARGETS[where]]


def targeted():
    return [where for where in np.ndindex(2, 5) if TARGETS[where] > 0]


def test_each_loss_is_logsumexp_minus_the_logit_of_the_target():
    losses = keras.ops.convert_to_numpy(token_crossentropy(TARGETS, LOGITS))
    for where in np.ndindex(2, 5):
        expected = plain(where) if where in targeted() else 0.0
        np.testing.assert_allclose(losses[where], expected, rtol=1e-5)


def test_the_mean_is_over_the_tokens_with_a_target():
    expected = np.mean([plain(where) for where in targeted()])
    loss = float(TokenCrossentropy()(TARGETS, LOGITS))
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(2,), (2, 1), (2, 5)])
def test_sample_weights_weigh_texts_or_tokens(shape):
    weights = RANDOM.random(shape).astype("float32")
    of_tokens = np.broadcast_to(weights.reshape(2, -1), (2, 5))
    total = sum(of_tokens[where] * plain(where) for where in targeted())
    expected = total / sum(of_tokens[where] for where in targeted())
    loss = float(TokenCrossentropy()(TARGETS, LOGITS, sample_weight=weights))
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_sums_of_halves_add_up():
    loss = TokenCrossentropy(reduction="sum")
    halves = sum(
        float(loss(TARGETS[i : i + 1], LOGITS[i : i + 1])) for i in (0, 1)
    )
    np.testing.assert_allclose(halves, float(loss(TARGETS, LOGITS)), rtol=1e-6)


def test_no_target_is_no_loss():
    assert float(TokenCrossentropy()(0 * TARGETS, LOGITS)) == 0.0


def test_large_ids_stay_exact_in_bfloat16():
    # 257 is no bfloat16: it would become 256.
    logits = np.zeros((1, 1, 300), "float32")
    logits[..., 257] = 30.0
    loss = TokenCrossentropy()(
        np.array([[257]]), keras.ops.cast(logits, "bfloat16")
    )
    assert float(loss) < 1e-6


def test_round_trip():
    check_config_round_trip(TokenCrossentropy(reduction="sum", name="mlm"))
