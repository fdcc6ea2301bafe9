import keras
import numpy as np
import pytest

from keras_addons.layers import Whitening
from keras_addons.layers.normalization.whitening import whitening_transform
from tests.checks import check_config_round_trip

RANDOM = np.random.default_rng(0)
# Correlated, far from zero, of very different scales.
SCALES = [10.0, 1.0, 1.0, 0.1, 1.0, 1.0]
DATA = RANDOM.normal(size=(200, 6)) @ RANDOM.normal(size=(6, 6))
DATA = DATA * SCALES + np.arange(6)


def adapted(num_components=None, **options):
    layer = Whitening(num_components, **options)
    layer.adapt(DATA)
    return layer


def output(layer, data=DATA):
    return keras.ops.convert_to_numpy(layer(data))


@pytest.mark.parametrize("num_components", [None, 6, 3])
def test_white_data_have_no_mean_and_identity_covariance(num_components):
    white = output(adapted(num_components))
    size = num_components or 6
    np.testing.assert_allclose(white.mean(axis=0), np.zeros(size), atol=1e-4)
    np.testing.assert_allclose(np.cov(white.T), np.eye(size), atol=1e-4)


def test_the_kept_components_explain_the_most_variance():
    # The projections of the data on the eigenvectors of the covariance,
    # largest eigenvalue first, up to the sign of each.
    values, vectors = np.linalg.eigh(np.cov(DATA.T))
    expected = (DATA - DATA.mean(axis=0)) @ vectors[:, ::-1][:, :2]
    expected = expected / np.sqrt(values[::-1][:2])
    np.testing.assert_allclose(
        abs(output(adapted(2))), abs(expected), atol=1e-3
    )


def test_mean_and_kernel_of_two_points_by_hand():
    # Mean (1, 0); the variance along the first axis is (1 + 1) / (2 - 1) = 2.
    mean, kernel = whitening_transform([[0, 0], [2, 0]], 1)
    np.testing.assert_allclose(mean, [1, 0])
    np.testing.assert_allclose(abs(kernel), [[0.5**0.5], [0]])


def test_a_saved_model_keeps_what_was_adapted(archive):
    inputs = keras.Input((6,))
    layer = adapted(3)
    archive.add("Whitening", keras.Model(inputs, layer(inputs)), DATA[:4])
    assert layer.trainable_weights == []
    check_config_round_trip(layer)


def test_half_precision_is_of_the_output_only():
    layer = adapted(dtype="mixed_bfloat16")
    white = layer(DATA)
    assert keras.backend.standardize_dtype(white.dtype) == "bfloat16"
    white = keras.ops.convert_to_numpy(keras.ops.cast(white, "float32"))
    np.testing.assert_allclose(white, output(adapted()), atol=0.02)


def test_data_that_vary_in_too_few_directions_are_refused():
    flat = DATA[:, :3] @ RANDOM.normal(size=(3, 6))
    with pytest.raises(ValueError, match="varies in 3 directions"):
        Whitening().adapt(flat)
    Whitening(3).adapt(flat)
    with pytest.raises(ValueError, match="varies in 0 directions"):
        Whitening(1).adapt(DATA[:1])


@pytest.mark.parametrize("data", [DATA[0], DATA[None]])
def test_data_must_be_rows(data):
    with pytest.raises(ValueError, match="must have the shape"):
        Whitening().adapt(data)


def test_sizes_out_of_range_are_refused():
    with pytest.raises(ValueError, match="positive. Received: 0"):
        Whitening(0)
    with pytest.raises(ValueError, match="at most 6"):
        Whitening(7)(DATA)
