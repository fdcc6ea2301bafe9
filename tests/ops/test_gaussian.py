import keras
import numpy as np
from keras import ops

from keras_addons.ops import sample_gaussian
from tests.gradients import value_and_gradients
from tests.ops.samples import NUM_SAMPLES
from tests.ops.samples import within_four_errors


def test_gradients_of_the_mean_square_are_exact_on_average():
    # z ~ N(m, s^2): E z^2 = m^2 + s^2, gradients 2 m = 2 and, in log s^2, s^2
    # = 1. A sample of the first is 2 z, of variance 4 s^2 = 4.
    def function(mean, log_variance):
        return ops.sum(sample_gaussian(mean, log_variance, seed=1) ** 2)

    ones, zeros = (
        np.ones(NUM_SAMPLES, "float32"),
        np.zeros(NUM_SAMPLES, "float32"),
    )
    _, (into_mean, into_variance) = value_and_gradients(function, ones, zeros)
    assert within_four_errors(into_mean, 2.0)
    assert within_four_errors(into_variance, 1.0)
    np.testing.assert_allclose(into_mean.var(), 4.0, rtol=0.02)


def test_mean_and_variance_are_those_asked_for():
    mean = np.full(NUM_SAMPLES, -2.0, "float32")
    log_variance = np.full(NUM_SAMPLES, np.log(9.0), "float32")
    samples = sample_gaussian(mean, log_variance, seed=2)
    samples = ops.convert_to_numpy(samples)
    assert within_four_errors(samples, -2.0)
    np.testing.assert_allclose(samples.std(), 3.0, rtol=0.01)


def test_half_precision_stays_and_is_finite():
    mean = ops.zeros((4,), dtype="bfloat16")
    samples = sample_gaussian(mean, ops.full((4,), 20.0, dtype="bfloat16"))
    assert keras.backend.standardize_dtype(samples.dtype) == "bfloat16"
    assert np.isfinite(ops.convert_to_numpy(ops.cast(samples, "float32"))).all()
