import keras
import numpy as np
import pytest
from keras import ops

from keras_addons.layers import GaussianReparameterization
from keras_addons.layers import GumbelSoftmax
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip

LOGITS = np.random.default_rng(0).normal(size=(4, 3, 5)).astype("float32")


def halving():
    """1, 1/2, 1/4, ... a call."""
    return keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)


def test_the_schedule_takes_a_step_a_batch_and_all_is_saved(archive):
    inputs = keras.Input((None, 5))
    gaussian = GaussianReparameterization()(inputs, 0.1 * inputs)
    layer = GumbelSoftmax(halving(), hard=True)
    model = keras.Model(inputs, layer(keras.layers.Dense(5)(gaussian)))
    model.compile("sgd", loss="mse", jit_compile=JIT_CHOICES[-1])
    history = model.fit(LOGITS, LOGITS, batch_size=2, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert int(layer.num_calls) == 4
    assert float(layer.current_temperature()) == 1 / 16
    archive.add("sampling layers", model, LOGITS)


def test_training_divides_by_the_scheduled_temperature():
    scheduled = GumbelSoftmax(halving(), seed=3)
    fixed = [GumbelSoftmax(1 / 2**i, seed=3) for i in range(3)]
    for i in range(3):
        expected = [fixed[i](LOGITS, training=True) for _ in range(i + 1)][-1]
        actual = scheduled(LOGITS, training=True)
        np.testing.assert_allclose(
            ops.convert_to_numpy(actual),
            ops.convert_to_numpy(expected),
            atol=1e-5,
        )


def test_inference_is_the_formula_without_noise_and_does_not_count():
    layer = GumbelSoftmax(halving())
    layer(LOGITS, training=True)
    soft = np.exp(LOGITS / 0.5) / np.exp(LOGITS / 0.5).sum(-1, keepdims=True)
    for _ in range(2):
        np.testing.assert_allclose(
            ops.convert_to_numpy(layer(LOGITS)), soft, rtol=1e-5
        )


def test_hard_inference_is_the_most_likely_class():
    hard = ops.convert_to_numpy(GumbelSoftmax(hard=True)(LOGITS))
    np.testing.assert_array_equal(hard, np.eye(5)[LOGITS.argmax(-1)])


def test_every_training_call_draws_anew():
    layer = GumbelSoftmax(seed=1)
    one, other = (
        ops.convert_to_numpy(layer(LOGITS, training=True)) for _ in range(2)
    )
    assert np.abs(one - other).max() > 0.1


def test_hard_samples_are_one_hot_in_mixed_precision():
    layer = GumbelSoftmax(0.1, hard=True, dtype="mixed_bfloat16")
    samples = layer(LOGITS, training=True)
    assert keras.backend.standardize_dtype(samples.dtype) == "bfloat16"
    samples = ops.convert_to_numpy(ops.cast(samples, "float32"))
    assert np.all(samples.max(-1) == 1) and np.all(samples.sum(-1) == 1)


@pytest.mark.parametrize("temperature", [0.5, halving()])
def test_round_trip(temperature):
    copy = check_config_round_trip(GumbelSoftmax(temperature, True, 3))
    assert type(copy.temperature) is type(temperature)


def test_temperature_must_be_positive():
    with pytest.raises(ValueError, match="`temperature` must be .* 0"):
        GumbelSoftmax(0)
