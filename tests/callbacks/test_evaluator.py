"""The evaluators inside `fit`."""

import keras
import numpy as np
import pytest

from keras_addons.callbacks import RetrievalEvaluator
from keras_addons.callbacks import SpearmanEvaluator
from keras_addons.text import SentenceEncoder
from keras_addons.text import Tokenizer

TEXTS = ["天气很好", "天气不好", "我喜欢北京", "北京欢迎你", "好", "不"]
PAIRS = TEXTS[:5], TEXTS[1:], [1, 3, 5, 2, 4]


def make():
    """A model to be trained around one that encodes, and its encoder."""
    keras.utils.set_random_seed(3)
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    segments = keras.Input((None,), dtype="int32", name="segment_ids")
    inputs = {"token_ids": tokens, "segment_ids": segments}
    features = keras.layers.Embedding(40, 4, mask_zero=True)(tokens)
    vectors = keras.layers.GlobalAveragePooling1D()(features)
    model = keras.Model(inputs, vectors)
    trained = keras.Model(inputs, keras.layers.Dropout(0.5)(model(inputs)))
    trained.compile(keras.optimizers.Adam(0.1), "mse")
    return trained, SentenceEncoder(model, Tokenizer.from_texts(TEXTS))


def fit(trained, callbacks=()):
    rows = np.random.default_rng(0).integers(1, 20, (16, 6), "int32")
    inputs = {"token_ids": rows, "segment_ids": np.zeros_like(rows)}
    targets = np.random.default_rng(1).normal(size=(16, 4))
    return trained.fit(
        inputs, targets, 8, 4, 0, callbacks=callbacks, shuffle=False
    )


class KeptWeights(keras.callbacks.Callback):
    """The weights at the end of every epoch."""

    def on_epoch_end(self, epoch, logs=None):
        kept = getattr(self, "kept", [])
        self.kept = [*kept, self.model.get_weights()]


@pytest.fixture(scope="module")
def outcome():
    """The trained model, its history, and the callbacks of the training."""
    trained, encoder = make()
    callbacks = {
        "spearman": SpearmanEvaluator(encoder, *PAIRS),
        "retrieval": RetrievalEvaluator(
            encoder, TEXTS[:2], TEXTS[2:], [{0}, {1}], name="test"
        ),
        "stopping": keras.callbacks.EarlyStopping(
            "val_spearman", mode="max", patience=9
        ),
        "weights": KeptWeights(),
    }
    history = fit(trained, list(callbacks.values())).history
    return trained, history, callbacks


def test_every_epoch_has_the_scores_of_its_weights(outcome):
    # On JAX the weights are elsewhere while `fit` runs.
    trained, history, callbacks = outcome
    for epoch, weights in enumerate(callbacks["weights"].kept):
        trained.set_weights(weights)
        expected = callbacks["spearman"].evaluate()["spearman"]
        assert history["val_spearman"][epoch] == expected
        expected = callbacks["retrieval"].evaluate()
        for name, value in expected.items():
            assert history[f"test_{name}"][epoch] == value
    assert epoch == 3
    assert len(set(history["val_spearman"])) > 1


def test_callbacks_after_it_monitor_the_score(outcome):
    _, history, callbacks = outcome
    assert callbacks["stopping"].best == max(history["val_spearman"])


def test_evaluating_does_not_change_the_training(outcome):
    _, history, _ = outcome
    trained, _ = make()
    plain = fit(trained).history["loss"]
    np.testing.assert_allclose(history["loss"], plain, rtol=1e-5)
