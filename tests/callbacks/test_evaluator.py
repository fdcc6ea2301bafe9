"""The evaluators inside `fit`."""

import csv

import keras
import numpy as np
import pytest

from keras_addons.callbacks import PairClassificationEvaluator
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


FIRST, SECOND = ["a", "b", "c", "d"], ["e", "f", "g", "h"]
VECTORS = dict(
    zip(FIRST + SECOND, np.random.default_rng(2).normal(size=(8, 3)))
)


class SometimesNotFinite:
    """An encoder; `value` takes the place of two numbers of that of "b"."""

    def __init__(self, value=0.5):
        self.value = value

    def encode(self, texts):
        vectors = np.array([VECTORS[text] for text in texts])
        vectors[texts.index("b"), 1:] = self.value
        return vectors


# Positives first: sorted stably, a NaN similarity would leave them on top.
EVALUATORS = {
    "spearman": lambda encoder: SpearmanEvaluator(
        encoder, FIRST, SECOND, [1, 2, 3, 4]
    ),
    "pairs": lambda encoder: PairClassificationEvaluator(
        encoder, FIRST, SECOND, [1, 1, 0, 0]
    ),
    "retrieval": lambda encoder: RetrievalEvaluator(
        encoder, FIRST, SECOND, [{0}, {1}, {2}, {3}]
    ),
}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", EVALUATORS)
def test_one_vector_that_is_not_finite_makes_every_score_nan(name, value):
    evaluator = EVALUATORS[name](SometimesNotFinite())
    scores = evaluator.evaluate()
    assert np.isfinite(list(scores.values())).all()
    evaluator.encoder.value = value
    with pytest.warns(UserWarning, match="1 of 8 texts are not finite"):
        diverged = evaluator.evaluate()
    assert diverged.keys() == scores.keys()
    assert np.isnan(list(diverged.values())).all()


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_all_vectors_are_nan_where_one_is_not_finite():
    # So the scores of any subclass are NaN, whatever it computes.
    evaluator = EVALUATORS["pairs"](SometimesNotFinite(np.inf))
    assert np.isnan(evaluator.unit_vectors(["a", "b", "c"])).all()


def kept_epochs(values, folder, **checkpoint):
    """The epochs whose weights are saved when "b" meets these values."""
    saving = keras.callbacks.ModelCheckpoint(
        folder / "{epoch}.weights.h5",
        monitor="val_f1",
        mode="max",
        save_best_only=True,
        save_weights_only=True,
        **checkpoint,
    )
    fit_with_values(values, saving)
    return sorted(int(path.name[0]) for path in folder.iterdir())


def fit_with_values(values, *callbacks):
    """Trains while the vector of "b" holds the value of each epoch."""
    encoder = SometimesNotFinite()
    evaluator = PairClassificationEvaluator(
        encoder, FIRST, SECOND, [1, 1, 0, 0]
    )
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse", run_eagerly=True)

    def meet(epoch, logs=None):
        encoder.value = values[epoch]

    meeting = keras.callbacks.LambdaCallback(on_epoch_begin=meet)
    return model.fit(
        np.ones((1, 1)),
        np.ones((1, 1)),
        epochs=len(values),
        verbose=0,
        callbacks=[meeting, evaluator, *callbacks],
    )


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_a_model_that_has_diverged_is_not_saved(tmp_path):
    values = [0.5, np.nan, np.inf]
    assert kept_epochs(values, tmp_path) == [1]


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_after_a_first_epoch_of_nan_the_good_models_are_saved(tmp_path):
    # Keras saves the first epoch in any case; a single file is replaced.
    assert kept_epochs([np.nan, np.nan, 0.5, np.nan], tmp_path) == [1, 3]


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_a_file_name_may_hold_the_score_of_a_first_epoch_of_nan(tmp_path):
    path = tmp_path / "{epoch} {val_f1:.0f}.weights.h5"
    fit_with_values(
        [np.nan, 0.5],
        keras.callbacks.ModelCheckpoint(path, save_weights_only=True),
    )
    kept = sorted(path.name.split(".")[0] for path in tmp_path.iterdir())
    assert kept == ["1 -inf", "2 1"]


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_the_warning_names_what_saves_nothing_in_a_first_epoch_of_nan(tmp_path):
    values = [np.nan, 0.5, np.nan]
    kept = kept_epochs(values, tmp_path, initial_value_threshold=float("-inf"))
    assert kept == [2]
    with pytest.warns(UserWarning, match="initial_value_threshold=float"):
        EVALUATORS["pairs"](SometimesNotFinite(np.nan)).evaluate()


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_after_a_first_epoch_of_nan_the_best_weights_are_restored():
    stopping = keras.callbacks.EarlyStopping(
        "val_f1", mode="max", patience=2, restore_best_weights=True
    )
    kept = KeptWeights()
    values = [np.nan, 0.5, np.nan, np.nan]
    history = fit_with_values(values, kept, stopping).history
    assert stopping.best == history["val_f1"][1] > 0
    for value, best in zip(stopping.model.get_weights(), kept.kept[1]):
        np.testing.assert_array_equal(value, best)


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_a_training_of_nan_alone_is_stopped():
    stopping = keras.callbacks.EarlyStopping("val_f1", mode="max", patience=2)
    history = fit_with_values([np.nan] * 5, stopping)
    assert history.epoch == [0, 1, 2]


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_after_a_first_epoch_of_nan_the_rate_falls_on_a_plateau_only():
    # NaN; the best; two epochs without a better one, of which the second
    # halves 0.5.
    plateau = keras.callbacks.ReduceLROnPlateau(
        "val_f1", mode="max", patience=2, factor=0.5
    )
    history = fit_with_values([np.nan, 0.5, 0.5, 0.5, 0.5], plateau).history
    assert history["learning_rate"] == [0.5, 0.5, 0.5, 0.5, 0.25]


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_the_logs_hold_minus_infinity_until_a_score_is_a_number(tmp_path):
    path = tmp_path / "history.csv"
    logger = keras.callbacks.CSVLogger(path)
    values = [np.nan, 0.5, np.nan]
    history = fit_with_values(values, logger).history
    before, score, after = history["val_f1"]
    assert before == -np.inf and 0 < score <= 1 and np.isnan(after)
    rows = list(csv.DictReader(path.read_text("utf8").splitlines()))
    assert [row["val_f1"] for row in rows] == ["-inf", str(score), "nan"]


@pytest.mark.filterwarnings("ignore:The encoder's vectors")
def test_every_fit_begins_without_a_score():
    # As `EarlyStopping` does, which would take a NaN for its best.
    encoder = SometimesNotFinite()
    evaluator = EVALUATORS["spearman"](encoder)
    for value in (0.5, np.nan):
        encoder.value = value
        evaluator.on_train_begin()
        logs = {}
        evaluator.on_epoch_end(0, logs)
    assert logs == {"val_spearman": -np.inf}


def test_vectors_that_are_all_one_are_worse_than_any_score():
    # All cosines are 1: there is no correlation, and nothing beats NaN.
    evaluator = SpearmanEvaluator(
        lambda texts: np.ones((8, 3)), FIRST, SECOND, [1, 2, 3, 4]
    )
    logs = {}
    evaluator.on_epoch_end(0, logs)
    assert logs == {"val_spearman": -np.inf}
