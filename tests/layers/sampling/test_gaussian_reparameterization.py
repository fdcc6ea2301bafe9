import keras
import numpy as np
import pytest
from keras import ops

from keras_addons.layers import GaussianReparameterization
from tests.checks import check_config_round_trip

MEAN = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
LOG_VARIANCE = np.full((4, 3), -1.0, "float32")


def test_inference_is_the_mean():
    outputs = GaussianReparameterization()(MEAN, LOG_VARIANCE)
    np.testing.assert_array_equal(ops.convert_to_numpy(outputs), MEAN)


def test_every_training_call_draws_anew():
    layer = GaussianReparameterization(seed=1)
    one, other = (
        ops.convert_to_numpy(layer(MEAN, LOG_VARIANCE, training=True))
        for _ in range(2)
    )
    assert np.abs(one - other).max() > 0.1


def test_the_mask_of_the_mean_passes():
    tokens = np.array([[1, 2, 0]])
    features = keras.layers.Embedding(5, 2, mask_zero=True)(tokens)
    outputs = GaussianReparameterization()(features, ops.zeros((1, 3, 2)))
    mask = ops.convert_to_numpy(outputs._keras_mask)
    np.testing.assert_array_equal(mask, [[True, True, False]])


def test_round_trip():
    check_config_round_trip(GaussianReparameterization(seed=5))


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"`mean` .*\(4, 3\) and \(4, 2\)"):
        GaussianReparameterization()(MEAN, LOG_VARIANCE[:, :2])
