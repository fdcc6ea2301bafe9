import keras
import numpy as np
import pytest

from keras_addons.layers import FeedForward
from tests.arrays import normal
from tests.checks import check_layer


def test_shared_checks(archive):
    check_layer(lambda: FeedForward(12), normal(4, 5, 6), archive)


def test_equals_two_products():
    layer = FeedForward(7, activation="relu")
    features = normal(2, 3, 4)
    actual = keras.ops.convert_to_numpy(layer(features))
    (w1, b1), (w2, b2) = layer.widen.get_weights(), layer.narrow.get_weights()
    expected = np.maximum(features @ w1 + b1, 0) @ w2 + b2
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_the_two_kernels_start_differently():
    layer = FeedForward(4)
    layer.build((None, None, 4))
    widen, narrow = layer.widen.get_weights()[0], layer.narrow.get_weights()[0]
    assert not np.allclose(widen, narrow)


def test_width_must_be_positive():
    with pytest.raises(ValueError, match="`intermediate_dim` must be"):
        FeedForward(0)
