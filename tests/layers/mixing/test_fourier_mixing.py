import keras
import numpy as np
import pytest

from keras_addons import layers
from tests.arrays import normal


def fourier_matrix(size):
    indices = np.arange(size)
    return np.exp(-2j * np.pi * np.outer(indices, indices) / size)


@pytest.mark.parametrize("shape", [(2, 5, 8), (1, 6, 7), (3, 1, 4)])
def test_it_is_the_real_part_of_two_fourier_matrices(shape):
    features = normal(*shape)
    positions, size = fourier_matrix(shape[1]), fourier_matrix(shape[2])
    expected = (positions @ features @ size).real
    actual = keras.ops.convert_to_numpy(layers.FourierMixing()(features))
    np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_with_max_length_the_matrix_over_positions_is_larger():
    features = normal(2, 5, 8)
    positions = fourier_matrix(7)[:5, :5]
    expected = (positions @ features @ fourier_matrix(8)).real
    actual = keras.ops.convert_to_numpy(layers.FourierMixing(7)(features))
    np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_what_stands_in_padding_never_matters_but_its_length_does():
    layer, features = layers.FourierMixing(), normal(1, 5, 8)
    mask = np.array([[True, True, True, False, False]])
    padded = keras.ops.convert_to_numpy(layer(features, mask=mask))
    features[:, 3:] = 9.0
    other = keras.ops.convert_to_numpy(layer(features, mask=mask))
    np.testing.assert_array_equal(padded, other)
    alone = keras.ops.convert_to_numpy(layer(features[:, :3]))
    assert np.abs(padded[:, :3] - alone).max() > 0.1


def test_it_is_transformers_fnet_layer():
    torch = pytest.importorskip("torch")
    fnet = pytest.importorskip("transformers.models.fnet.modeling_fnet")
    config = fnet.FNetConfig(
        hidden_size=8, intermediate_size=12, hidden_act="gelu"
    )
    theirs = fnet.FNetLayer(config).eval()
    block = layers.TransformerBlock(
        layers.FourierMixing(), layers.FeedForward(12), epsilon=1e-12
    )
    features = normal(2, 5, 8)
    block(features)
    ours = {
        theirs.intermediate.dense: block.feed_forward.widen,
        theirs.output.dense: block.feed_forward.narrow,
        theirs.fourier.output.LayerNorm: block.attention_norm,
        theirs.output.LayerNorm: block.feed_forward_norm,
    }
    for other, own in ours.items():
        weight = other.weight.detach().numpy()
        own.set_weights([weight.T, other.bias.detach().numpy()])
    with torch.no_grad():
        expected = theirs(torch.tensor(features))[0].numpy()
    actual = keras.ops.convert_to_numpy(block(features))
    np.testing.assert_allclose(actual, expected, atol=1e-4)
