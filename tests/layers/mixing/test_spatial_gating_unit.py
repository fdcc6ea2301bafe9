import keras
import numpy as np
import pytest

from keras_addons import layers
from tests.arrays import normal
from tests.checks import check_layer
from tests.layers.mixing.mixers import arrays
from tests.layers.mixing.mixers import trained


def normalized(features, epsilon=1e-6):
    mean = features.mean(axis=-1, keepdims=True)
    variance = features.var(axis=-1, keepdims=True)
    return (features - mean) / np.sqrt(variance + epsilon)


def test_shared_checks(archive):
    check_layer(lambda: layers.SpatialGatingUnit(7), normal(4, 5, 8), archive)


def test_with_w_0_and_b_1_it_gives_the_first_half():
    layer = layers.SpatialGatingUnit(7, initial_range=0.0)
    features = normal(2, 5, 8)
    actual = keras.ops.convert_to_numpy(layer(features))
    np.testing.assert_array_equal(actual, features[..., :4])


def test_it_starts_close_to_that():
    layer = layers.SpatialGatingUnit(7)
    layer.build((None, None, 8))
    kernel = keras.ops.convert_to_numpy(layer.kernel)
    assert 0 < np.abs(kernel).max() <= 1e-3 / 7
    assert (keras.ops.convert_to_numpy(layer.bias) == 1).all()


def test_it_is_gmlp_s_formula():
    layer = trained(layers.SpatialGatingUnit(7))
    features, weights = normal(2, 5, 8), arrays(layer)
    gates = normalized(features[..., 4:])
    gates = gates * weights["norm/gamma"] + weights["norm/beta"]
    mixed = np.einsum("ij,bjd->bid", weights["kernel"][:5, :5], gates)
    mixed = mixed + weights["bias"][:5, None]
    actual = keras.ops.convert_to_numpy(layer(features))
    expected = features[..., :4] * mixed
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_a_bias_is_added_to_the_gate():
    layer = trained(layers.SpatialGatingUnit(7))
    features, bias = normal(2, 5, 8), normal(2, 5, 4)
    plain = keras.ops.convert_to_numpy(layer(features))
    biased = keras.ops.convert_to_numpy(layer(features, gate_bias=bias))
    expected = plain + features[..., :4] * bias
    np.testing.assert_allclose(biased, expected, atol=1e-5)


def test_padding_never_changes_another_row():
    layer, features = trained(layers.SpatialGatingUnit(7)), normal(1, 5, 8)
    mask = np.array([[True, True, True, False, False]])
    alone = keras.ops.convert_to_numpy(layer(features[:, :3]))
    padded = keras.ops.convert_to_numpy(layer(features, mask=mask))
    np.testing.assert_allclose(padded[:, :3], alone, atol=1e-5)


def test_an_odd_size_has_no_halves():
    with pytest.raises(ValueError, match="size .* must be even. Received: 7"):
        layers.SpatialGatingUnit(7)(normal(2, 5, 7))
