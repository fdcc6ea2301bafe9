import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_addons.metrics import Spearman
from keras_addons.metrics import spearman
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

RANDOM = np.random.default_rng(0)
BACKEND = keras.backend.backend()


@pytest.mark.parametrize("num_values", [2, 3, 10, 1000])
def test_it_is_scipys_with_ties(num_values):
    stats = pytest.importorskip("scipy.stats")
    for _ in range(20):
        predictions = RANDOM.integers(0, num_values, 50) / 7
        labels = RANDOM.integers(0, 6, 50)
        expected = stats.spearmanr(predictions, labels).statistic
        assert spearman(predictions, labels) == pytest.approx(expected)


def test_three_values_by_hand():
    # Ranks 1, 2, 3 and 1.5, 1.5, 3: the products of the differences from 2
    # sum to 0.5 + 1 = 1.5, the squares to 2 and 0.5 + 1 = 1.5.
    expected = 1.5 / np.sqrt(2 * 1.5)
    assert spearman([0.1, 0.2, 0.9], [0, 0, 5]) == pytest.approx(expected)
    metric = Spearman(max_rows=5)
    metric.update_state([0, 0], [0.1, 0.2])
    metric.update_state([5], [0.9])
    assert float(metric.result()) == pytest.approx(expected)


def test_only_the_order_counts():
    predictions, labels = RANDOM.normal(size=(2, 40))
    expected = spearman(predictions, labels)
    assert spearman(np.exp(predictions), labels**3) == pytest.approx(expected)
    assert spearman(-predictions, labels) == pytest.approx(-expected)


def test_without_an_order_there_is_no_correlation():
    assert np.isnan(spearman([1, 1, 1], [0, 1, 2]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_has_no_rank(value):
    # NaN would be ranked as the largest, and correlate perfectly here.
    assert np.isnan(spearman([0.1, 0.2, value], [1, 2, 3]))
    assert np.isnan(spearman([0.1, 0.2, 0.3], [1, 2, value]))


@pytest.mark.parametrize("labels", [[0, 1], [[0, 1, 2]]])
def test_other_shapes_are_refused(labels):
    with pytest.raises(ValueError, match="one axis of equal length"):
        spearman([0.1, 0.2, 0.3], labels)


def value_of_batches(metric, labels, predictions, batch_size=7):
    for start in range(0, len(labels), batch_size):
        batch = slice(start, start + batch_size)
        metric.update_state(labels[batch], predictions[batch])
    return float(metric.result())


@pytest.mark.parametrize("max_rows", [50, 51, 200])
@pytest.mark.parametrize("num_values", [2, 10, 1000])
def test_the_metric_over_batches_is_scipys_over_all_rows(num_values, max_rows):
    stats = pytest.importorskip("scipy.stats")
    predictions = RANDOM.integers(-num_values, num_values, 50) / 7
    labels = RANDOM.integers(0, 6, 50)
    metric = Spearman(max_rows)
    expected = stats.spearmanr(predictions, labels).statistic
    value = value_of_batches(metric, labels, predictions)
    assert value == pytest.approx(expected, abs=1e-6)
    metric.reset_state()
    assert np.isnan(float(metric.result()))
    again = value_of_batches(metric, -labels[:9], predictions[:9])
    expected = stats.spearmanr(predictions[:9], -labels[:9]).statistic
    assert again == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("size", [49, 8, 1])
def test_more_rows_than_the_metric_keeps_are_nan_not_a_wrong_value(size):
    metric = Spearman(max_rows=size)
    values = np.arange(50.0)
    assert np.isnan(value_of_batches(metric, values, values))


@pytest.mark.parametrize("count", [-586038973, 2**31 - 1])
def test_a_count_from_uninitialized_memory_is_no_error(count):
    # Keras on torch builds metrics with such values of their variables.
    metric = Spearman(max_rows=4)
    variables = [each.value for each in metric.variables]
    variables[2] = keras.ops.convert_to_tensor(count, "int32")
    rows = keras.ops.ones((3,))
    new = metric.stateless_update_state(variables, rows, rows)
    assert [tuple(each.shape) for each in new] == [(4,), (4,), ()]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_metric_of_what_is_not_finite_is_nan(value):
    for arrays in [([1, 2, 3], [0, 1, value]), ([1, 2, value], [0, 1, 2])]:
        metric = Spearman(max_rows=9)
        metric.update_state(*arrays)
        assert np.isnan(float(metric.result()))


def test_the_metric_of_equal_values_is_nan():
    metric = Spearman(max_rows=9)
    metric.update_state([1, 2, 3], [4, 4, 4])
    assert np.isnan(float(metric.result()))


def similarity_model():
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_fit_and_evaluate_log_the_correlation_of_all_rows(policy, jit_compile):
    keras.config.set_dtype_policy(policy)
    x = RANDOM.normal(size=(26, 4)).astype("float32")
    y = RANDOM.integers(0, 6, 26).astype("float32")
    model = similarity_model()
    model.compile(
        keras.optimizers.SGD(0.0),  # the weights stay
        "mse",
        metrics=[Spearman(max_rows=40)],
        jit_compile=jit_compile,
    )
    expected = pytest.approx(
        spearman(model.predict(x, verbose=0)[:, 0], y), abs=1e-6
    )
    history = model.fit(
        x, y, validation_data=(x, y), batch_size=8, epochs=2, verbose=0
    ).history
    assert history["spearman"] == [expected] * 2
    assert history["val_spearman"] == [expected] * 2
    scores = model.evaluate(x, y, batch_size=5, verbose=0, return_dict=True)
    assert scores["spearman"] == expected


@pytest.mark.skipif(BACKEND != "tensorflow", reason="a strategy of TensorFlow")
def test_replicas_correlate_the_rows_of_all_replicas():
    from tests.strategies import mirrored_strategy

    x = RANDOM.normal(size=(26, 4)).astype("float32")
    y = RANDOM.integers(0, 6, 26).astype("float32")
    with mirrored_strategy().scope():
        model = similarity_model()
        model.compile("sgd", "mse", metrics=[Spearman(max_rows=40)])
    expected = spearman(model(x).numpy()[:, 0], y)
    scores = model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)
    assert scores["spearman"] == pytest.approx(expected, abs=1e-6)


def correlate_on_eight_devices(folder):
    if BACKEND != "jax":
        return None
    flags = "--xla_force_host_platform_device_count=8"
    return subprocess.run(
        [sys.executable, Path(__file__).parent / "jax_devices.py"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "XLA_FLAGS": f"{os.environ['XLA_FLAGS']} {flags}",
        },
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(BACKEND != "jax", reason="keras.distribution is JAX's")
@pytest.mark.beside(runs=correlate_on_eight_devices)
def test_eight_devices_correlate_the_rows_of_all_devices(beside):
    assert beside.returncode == 0, beside.stdout + beside.stderr


def test_a_compiled_model_with_the_metric_is_saved_and_loaded(tmp_path):
    check_config_round_trip(Spearman(max_rows=30, name="rank", dtype="float16"))
    x, y = RANDOM.normal(size=(12, 4)), np.arange(12.0)
    model = similarity_model()
    model.compile("sgd", "mse", metrics=[Spearman(max_rows=12)])
    before = model.evaluate(x, y, verbose=0, return_dict=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    after = loaded.evaluate(x, y, verbose=0, return_dict=True)
    assert after == pytest.approx(before)


def test_what_the_metric_cannot_use_is_refused():
    with pytest.raises(ValueError, match="`max_rows` must be an integer >= 1"):
        Spearman(max_rows=0)
    metric = Spearman(max_rows=9)
    with pytest.raises(ValueError, match="`y_pred` must have the shape"):
        metric.update_state(np.ones((3,)), np.ones((3, 2)))
    with pytest.raises(ValueError, match="takes no `sample_weight`"):
        metric.update_state(np.ones(3), np.ones(3), sample_weight=np.ones(3))
