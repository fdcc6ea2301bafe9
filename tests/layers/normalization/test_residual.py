import keras
import numpy as np
import pytest

from keras_addons.layers import FeedForward
from keras_addons.layers import GatedAttentionUnit
from keras_addons.layers import KeyValueCache
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import Residual
from keras_addons.layers import RotaryEmbedding
from tests.arrays import normal
from tests.checks import check_layer

PADDING = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], "bool")


def rms_norm(**options):
    return keras.layers.RMSNormalization(epsilon=1e-12, **options)


def outputs(layer, *args, **kwargs):
    return keras.ops.convert_to_numpy(layer(*args, **kwargs))


def normalized(x):
    return x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True))


def test_shared_checks(archive):
    check_layer(
        lambda: Residual(
            GatedAttentionUnit(12, key_dim=4),
            rms_norm(trainable=False),
            scale=1.5,
            dropout=0.1,
        ),
        normal(4, 5, 8),
        archive,
    )


@pytest.mark.parametrize("scale", [1.0, 48**0.25])
@pytest.mark.parametrize("norm", [None, "rms"])
def test_the_scaled_input_is_added_and_normalized(scale, norm):
    part = FeedForward(12)
    layer = Residual(part, norm and rms_norm(), scale=scale)
    features = normal(2, 5, 8)
    actual = outputs(layer, features)
    expected = scale * features + outputs(part, features)
    if norm:
        expected = normalized(expected)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_a_gain_that_is_not_trained_stays_one():
    layer = Residual(FeedForward(12), rms_norm(trainable=False))
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, layer(inputs))
    model.compile("sgd", "mse")
    model.fit(normal(4, 5, 8), normal(4, 5, 8), verbose=0)
    assert len(layer.trainable_weights) == 4  # two kernels, two biases
    np.testing.assert_array_equal(layer.norm.get_weights()[0], np.ones(8))


@pytest.mark.parametrize(
    "part",
    [FeedForward(12), GatedAttentionUnit(12, key_dim=4), MultiHeadAttention(2)],
    ids=lambda part: type(part).__name__,
)
def test_masks_reach_the_layer_and_go_on(part):
    # RMSNormalization of Keras alone would drop the mask, with a warning.
    layer = Residual(part, rms_norm())
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, layer(keras.layers.Masking()(inputs)))
    features = normal(2, 5, 8) * PADDING[..., None]
    actual = model(features)
    mask = keras.ops.convert_to_numpy(actual._keras_mask)
    assert (mask == PADDING).all()
    expected = normalized(
        features[:1, :3] + outputs(part, features[:1, :3])
    )  # the first text without its padding
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual)[:1, :3], expected, atol=1e-5
    )


def test_a_mask_that_is_passed_as_an_argument_reaches_the_layer():
    part, features = GatedAttentionUnit(12, key_dim=4), normal(2, 5, 8)
    actual = outputs(Residual(part), features, mask=PADDING)
    expected = features + outputs(part, features, attention_mask=PADDING)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_a_causal_mask_positions_and_a_cache_reach_the_attention():
    layer = Residual(
        MultiHeadAttention(2, rotary=RotaryEmbedding()), rms_norm()
    )
    features = normal(2, 6, 8)
    whole = outputs(layer, features, use_causal_mask=True)
    keys, values = np.zeros((2, 2, 2, 7, 4), "float32")
    for start, stop in ((0, 3), (3, 4), (4, 6)):
        cache = KeyValueCache(keys, values, index=start)
        part = outputs(
            layer,
            features[:, start:stop],
            attention_mask=np.ones((2, 1, 7), bool),
            positions=np.tile(np.arange(start, stop), (2, 1)),
            use_causal_mask=True,
            cache=cache,
        )
        keys, values = cache.keys, cache.values
        np.testing.assert_allclose(part, whole[:, start:stop], atol=1e-5)


def test_dropout_acts_on_the_layer_in_training_alone():
    layer, features = Residual(FeedForward(12), dropout=0.5), normal(2, 5, 8)
    still = outputs(layer, features)
    np.testing.assert_array_equal(still, outputs(layer, features))
    trained = outputs(layer, features, training=True)
    dropped = np.isclose(trained, features)  # there the layer adds nothing
    assert 0.2 < dropped.mean() < 0.8


def test_a_loaded_layer_names_its_weights_as_the_saved_one(tmp_path):
    inputs = keras.Input((None, 8))
    layer = Residual(FeedForward(12), rms_norm(), name="block_0")
    model = keras.Model(inputs, layer(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    paths = [weight.path for weight in model.weights]
    assert [weight.path for weight in loaded.weights] == paths
    assert all(path.startswith("block_0/") for path in paths)


@pytest.mark.parametrize("order", [2, 3])
def test_the_initializer_is_that_of_gau_alpha(order):
    # There: a normal of 1.13684723 num_layers^(-1/order) / sqrt(fan in),
    # truncated at twice that.
    initializer = keras.initializers.VarianceScaling(
        24 ** (-2 / order), mode="fan_in", seed=1
    )
    kernel = keras.ops.convert_to_numpy(initializer((400, 300)))
    deviation = 24 ** (-1 / order) / 20
    np.testing.assert_allclose(kernel.std(), deviation, rtol=0.01)
    np.testing.assert_allclose(
        np.abs(kernel).max(), 2 * 1.13684723 * deviation, rtol=0.01
    )


@pytest.mark.parametrize("scale", [0, -1.0, "2"])
def test_a_scale_that_is_not_positive_is_refused(scale):
    with pytest.raises(ValueError, match="`scale` must be a number above 0"):
        Residual(FeedForward(12), scale=scale)
