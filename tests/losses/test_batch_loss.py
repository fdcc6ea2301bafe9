"""What holds for every loss over embeddings."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_addons.losses import BatchLoss
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients
from tests.losses.cases import CASES
from tests.losses.cases import FEATURES
from tests.losses.cases import LABELS
from tests.losses.cases import NUM_FITTED
from tests.losses.cases import NUM_ROWS
from tests.losses.cases import fitted
from tests.losses.cases import normal
from tests.losses.cases import value

WITHOUT_ROWS = {"semi_hard", "cosent", "angle", "matryoshka"}


def embeddings(name):
    return normal(NUM_ROWS, *CASES[name][1])


@pytest.mark.parametrize("name", CASES)
def test_round_trip(name):
    check_config_round_trip(CASES[name][0]())


@pytest.fixture(scope="module")
def history():
    return fitted(num_rows=NUM_FITTED)[1]


def test_every_loss_trains(history):
    assert set(history) == {"loss", *(f"{name}_loss" for name in CASES)}
    assert np.all(np.isfinite(list(history.values())))
    assert history["loss"][1] < history["loss"][0]


def test_mixed_precision_trains_alike_and_loads_in_a_fresh_process(
    history, archive
):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model, mixed = fitted(num_rows=NUM_FITTED)
    # Later the hardest of a batch may be others.
    for name, values in history.items():
        np.testing.assert_allclose(mixed[name][0], values[0], rtol=0.2)
    batch = FEATURES[:8], {name: each[:8] for name, each in LABELS.items()}
    archive.add("losses", model, FEATURES[:8], batches=[batch])


@pytest.mark.parametrize("name", ["in_batch", "semi_hard"])
def test_compiles_with_xla(name):
    loss, y_true = CASES[name][0](), LABELS[name]
    results = [
        value_and_gradients(
            lambda y_pred: loss(y_true, y_pred),
            embeddings(name),
            jit_compile=jit_compile,
        )
        for jit_compile in (False, True)
    ]
    for plain, compiled in zip(*results):
        np.testing.assert_allclose(compiled, plain, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", CASES)
def test_half_precision_embeddings_count_as_float32(name, dtype):
    loss, y_true = CASES[name][0](), LABELS[name]
    half = ops.cast(embeddings(name), dtype)
    same = ops.convert_to_numpy(ops.cast(half, "float32"))
    np.testing.assert_allclose(
        value(loss, y_true, half), value(loss, y_true, same), rtol=1e-6
    )


@pytest.mark.parametrize("factor", [0.0, 1e-7, 6e4])
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_finite(name, factor):
    # The largest and smallest numbers of float16, and two rows of zeros.
    loss, y_true = CASES[name][0](), LABELS[name]
    y_pred = np.clip(embeddings(name), -1, 1) * factor
    y_pred[[0, 3]] = 0.0
    result, (gradient,) = value_and_gradients(
        lambda y_pred: loss(y_true, y_pred),
        y_pred.astype("float16").astype("float32"),
    )
    assert np.isfinite(result)
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize(
    "name", ["in_batch", "batch_hard", "semi_hard", "cosent", "angle"]
)
def test_a_batch_with_one_label_has_no_loss_and_no_gradient(name):
    loss = CASES[name][0]()
    result, (gradient,) = value_and_gradients(
        lambda y_pred: loss(np.ones(NUM_ROWS, "int32"), y_pred),
        embeddings(name),
    )
    assert result == 0
    np.testing.assert_array_equal(gradient, np.zeros_like(gradient))


@pytest.mark.parametrize("name", sorted(CASES.keys() - WITHOUT_ROWS))
def test_weights_multiply_the_rows(name):
    loss, y_true, y_pred = CASES[name][0](), LABELS[name], embeddings(name)
    weights = np.random.default_rng(5).uniform(size=NUM_ROWS)
    loss.reduction = "none"
    rows = value(loss, y_true, y_pred)
    assert rows.shape == (NUM_ROWS,)
    loss.reduction = "sum_over_batch_size"
    np.testing.assert_allclose(
        value(loss, y_true, y_pred, sample_weight=weights),
        np.mean(weights * rows),
        rtol=1e-5,
    )


@pytest.mark.parametrize("name", sorted(WITHOUT_ROWS))
def test_weights_raise_where_rows_have_no_value(name):
    loss, y_true, y_pred = CASES[name][0](), LABELS[name], embeddings(name)
    with pytest.raises(ValueError, match="`sample_weight` must be None"):
        loss(y_true, y_pred, sample_weight=np.ones(NUM_ROWS))


@pytest.mark.parametrize("name", ["supervised", "cosent", "distillation"])
def test_missing_labels_raise(name):
    with pytest.raises(ValueError, match="`y_true` must be given to"):
        CASES[name][0]()(None, embeddings(name))


@pytest.mark.parametrize("name", CASES)
def test_wrong_shapes_raise(name):
    loss, y_true = CASES[name][0](), LABELS[name]
    wrong = embeddings(name)[..., None, :-1]
    with pytest.raises(ValueError, match="`y_pred`"):
        loss(y_true, ops.convert_to_tensor(wrong))


def test_a_sum_is_the_mean_times_the_rows():
    class Lengths(BatchLoss):
        def call(self, y_true, y_pred):
            return ops.sum(y_pred * y_pred, axis=-1)

    y_pred = normal(6, 3)
    mean = value(Lengths(), np.zeros(6), y_pred)
    total = value(Lengths(reduction="sum"), np.zeros(6), y_pred)
    np.testing.assert_allclose(total, 6 * mean, rtol=1e-6)
    np.testing.assert_allclose(total, np.sum(y_pred**2), rtol=1e-6)
