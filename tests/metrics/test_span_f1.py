import keras
import numpy as np
import pytest

from keras_addons.losses import MultiLabelCrossentropy
from keras_addons.losses import SparseMultiLabelCrossentropy
from keras_addons.metrics import SpanF1
from keras_addons.metrics import span_f1
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

RANDOM = np.random.default_rng(0)
# 12 texts, two heads, five tokens.
LOGITS = RANDOM.normal(size=(12, 2, 5, 5)).astype("float32")
TARGETS = (RANDOM.random((12, 2, 5, 5)) < 0.3).astype("int32")


def spans_of(table):
    """One set of (head, start, end) for each text."""
    return [set(zip(*map(list, np.nonzero(text)))) for text in table]


def sparse(table):
    """(batch, heads, most spans of a head, 2), padded with -1."""
    most = table.sum((2, 3)).max()
    places = np.full((*table.shape[:2], most, 2), -1)
    for text, head in np.ndindex(table.shape[:2]):
        found = np.argwhere(table[text, head])
        places[text, head, : len(found)] = found
    return places


def test_three_texts_by_hand():
    predicted = [{("a", 0, 1), ("b", 3, 4)}, {("a", 2, 2)}, set()]
    actual = [{("a", 0, 1), ("b", 3, 5)}, set(), [["a", 1, 1]]]
    # a: 1 right of 2 predicted and 2 actual; b: none right of 1 and 1.
    assert span_f1(predicted, actual) == {
        "precision": pytest.approx(1 / 3),
        "recall": pytest.approx(1 / 3),
        "f1": pytest.approx(2 / 6),
        "macro_f1": pytest.approx((0.5 + 0) / 2),
        "per_type": {
            "a": {"precision": 0.5, "recall": 0.5, "f1": 0.5},
            "b": {"precision": 0.0, "recall": 0.0, "f1": 0.0},
        },
    }


def test_it_is_the_harmonic_mean_of_precision_and_recall():
    labels, answers = TARGETS == 1, LOGITS > 0
    precision = labels[answers].mean()
    recall = answers[labels].mean()
    scores = span_f1(spans_of(answers), spans_of(labels))
    assert scores["precision"] == pytest.approx(precision)
    assert scores["recall"] == pytest.approx(recall)
    assert scores["f1"] == pytest.approx(2 / (1 / precision + 1 / recall))


def test_a_span_counts_once_and_for_its_own_text_alone():
    span = ("a", 0, 1)
    assert span_f1([[span, span]], [[span]])["precision"] == 1.0
    assert span_f1([[span], []], [[], [span]])["f1"] == 0.0


def test_no_spans_score_nothing():
    scores = span_f1([set()], [set()])
    assert scores["f1"] == scores["macro_f1"] == 0.0
    metric = SpanF1()
    metric.update_state(0 * TARGETS, -abs(LOGITS))
    assert float(metric.result()) == 0.0


def test_as_many_texts_are_asked_for():
    with pytest.raises(ValueError, match="Received: 2 and 1"):
        span_f1([set(), set()], [set()])


@pytest.mark.parametrize("sparse_targets", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_batches_give_the_score_of_all_texts(sparse_targets, dtype):
    metric = SpanF1(sparse_targets)
    targets = sparse(TARGETS) if sparse_targets else TARGETS
    batch_scores = []
    for batch in (slice(0, 5), slice(5, 10), slice(10, 12)):
        logits = keras.ops.cast(LOGITS[batch], dtype)
        metric.update_state(targets[batch], logits)
        alone = SpanF1(sparse_targets)
        alone.update_state(targets[batch], logits)
        batch_scores.append(float(alone.result()))
    expected = span_f1(spans_of(LOGITS > 0), spans_of(TARGETS))["f1"]
    assert float(metric.result()) == pytest.approx(expected, rel=1e-6)
    assert abs(np.mean(batch_scores) - expected) > 1e-4
    metric.reset_state()
    assert float(metric.result()) == 0.0


def test_counts_beyond_float32_are_exact():
    # In float32 2^24 + 1 is 2^24.
    metric = SpanF1()
    for variable in metric.variables:
        variable.assign(2**24)
    one = np.ones((1, 1, 1, 1), "float32")
    metric.update_state(one, one)
    for variable in metric.variables:
        assert int(variable) == 2**24 + 1


@pytest.mark.parametrize("sparse_targets", [False, True])
@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_evaluate_shows_it(sparse_targets, jit_compile):
    inputs = keras.Input((2, None, 5))
    model = keras.Model(inputs, keras.layers.Activation("linear")(inputs))
    targets = sparse(TARGETS) if sparse_targets else TARGETS
    losses = {False: MultiLabelCrossentropy, True: SparseMultiLabelCrossentropy}
    model.compile(
        loss=losses[sparse_targets](axis=(-2, -1)),
        metrics=[SpanF1(sparse_targets)],
        jit_compile=jit_compile,
    )
    scores = model.evaluate(
        LOGITS, targets, batch_size=5, verbose=0, return_dict=True
    )
    expected = span_f1(spans_of(LOGITS > 0), spans_of(TARGETS))["f1"]
    assert scores["span_f1"] == pytest.approx(expected, rel=1e-6)


def test_a_saved_model_keeps_it(tmp_path):
    model = keras.Sequential([keras.Input((2, 5, 5)), keras.layers.Dense(5)])
    loss = MultiLabelCrossentropy(axis=(-2, -1))
    model.compile("sgd", loss=loss, metrics=[SpanF1()])
    before = model.evaluate(LOGITS, TARGETS, verbose=0)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    after = copy.evaluate(LOGITS, TARGETS, verbose=0)
    np.testing.assert_allclose(after, before, rtol=1e-6)


def test_sample_weights_are_refused():
    with pytest.raises(ValueError, match="takes no `sample_weight`"):
        SpanF1().update_state(TARGETS, LOGITS, np.ones(12))


def test_other_ranks_are_refused():
    with pytest.raises(ValueError, match="`y_true` must have the rank"):
        SpanF1().update_state(TARGETS[0], LOGITS)


def test_round_trip():
    check_config_round_trip(SpanF1(sparse_targets=True, name="f1"))
