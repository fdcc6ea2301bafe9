import keras
import numpy as np
import pytest

from keras_addons.layers import ConditionalLayerNormalization
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_config_round_trip
from tests.gradients import value_and_gradients


def with_random_weights(condition_shape, **options):
    layer = ConditionalLayerNormalization(**options)
    layer.build((None, None, 8), condition_shape)
    for index, weight in enumerate(layer.weights):
        rng = np.random.default_rng(index)
        weight.assign(rng.normal(size=weight.shape))
    return layer


def by_definition(layer, features, condition, activation=None):
    """`condition` has as many axes as `features`."""
    if layer.hidden_dim is not None:
        condition = activation(condition @ layer.hidden.get_weights()[0])
    scale = condition @ layer.scale.get_weights()[0]
    shift = condition @ layer.shift.get_weights()[0]
    gamma, beta = (
        keras.ops.convert_to_numpy(each) for each in (layer.gamma, layer.beta)
    )
    mean = features.mean(axis=-1, keepdims=True)
    normalized = (features - mean) / features.std(axis=-1, keepdims=True)
    return normalized * (gamma + scale) + beta + shift


def outputs(layer, *inputs):
    return keras.ops.convert_to_numpy(layer(*inputs))


def test_it_is_trained_saved_and_loaded(archive):
    check_config_round_trip(ConditionalLayerNormalization(hidden_dim=4))
    inputs = normal(4, 5, 8), normal(4, 3)
    for policy in ("mixed_bfloat16", "float32"):
        keras.config.set_dtype_policy(policy)
        for jit_compile in JIT_CHOICES:
            symbolic = keras.Input((None, 8)), keras.Input((3,))
            layer = ConditionalLayerNormalization(hidden_dim=4)
            model = keras.Model(symbolic, layer(*symbolic))
            model.compile("sgd", "mse", jit_compile=jit_compile)
            history = model.fit(
                inputs, normal(4, 5, 8), epochs=2, batch_size=2, verbose=0
            )
            assert np.all(np.isfinite(history.history["loss"]))
    archive.add("ConditionalLayerNormalization", model, inputs)


@pytest.mark.parametrize("shape", [(2, 3), (2, 5, 3), (2, 1, 3)], ids=str)
@pytest.mark.parametrize("hidden_dim", [None, 4])
def test_equals_the_definition(shape, hidden_dim):
    layer = with_random_weights(
        shape, hidden_dim=hidden_dim, hidden_activation="tanh"
    )
    features, condition = normal(2, 5, 8) + 3, normal(*shape)
    expanded = condition[:, None] if len(shape) == 2 else condition
    np.testing.assert_allclose(
        outputs(layer, features, condition),
        by_definition(layer, features, expanded, np.tanh),
        atol=1e-4,
    )


def test_a_new_layer_is_layer_normalization_on_any_condition():
    layer = ConditionalLayerNormalization(epsilon=1e-3, hidden_dim=4)
    features = normal(2, 5, 8)
    expected = keras.layers.LayerNormalization(epsilon=1e-3)(features)
    for condition in (normal(2, 3), 100 * normal(2, 3)):
        np.testing.assert_allclose(
            outputs(layer, features, condition),
            keras.ops.convert_to_numpy(expected),
            atol=1e-6,
        )


def test_each_text_is_normalized_by_its_own_condition():
    layer = with_random_weights((2, 3))
    features, condition = normal(2, 5, 8), normal(2, 3)
    both = outputs(layer, features, condition)
    other = outputs(layer, features, condition + np.array([[0.0], [1.0]]))
    np.testing.assert_array_equal(other[0], both[0])
    assert not np.allclose(other[1], both[1])


def test_the_mask_of_the_features_goes_on():
    inputs = keras.Input((None, 8)), keras.Input((None, 3))
    masked = [keras.layers.Masking()(each) for each in inputs]
    model = keras.Model(inputs, ConditionalLayerNormalization()(*masked))
    features, condition = normal(2, 5, 8), normal(2, 5, 3)
    features[0, 3:] = 0.0
    condition[1, 2:] = 0.0
    mask = keras.ops.convert_to_numpy(model([features, condition])._keras_mask)
    assert (mask == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]).all()


def test_gradients_of_constant_features_are_finite():
    layer = with_random_weights((2, 3))
    weights = keras.ops.convert_to_tensor(normal(2, 5, 8))

    def loss(features, condition):
        return keras.ops.sum(layer(features, condition) * weights)

    _, gradients = value_and_gradients(
        loss, np.ones((2, 5, 8), "float32"), normal(2, 3)
    )
    assert all(np.isfinite(each).all() for each in gradients)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_floats_are_normalized_in_float32(dtype):
    layer = ConditionalLayerNormalization(dtype=dtype)
    features = 300 * normal(2, 5, 8)  # its squares are beyond float16
    actual = keras.ops.cast(layer(features, normal(2, 3)), "float32")
    features = keras.ops.cast(keras.ops.cast(features, dtype), "float32")
    expected = keras.layers.LayerNormalization(epsilon=1e-12)(features)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(actual),
        keras.ops.convert_to_numpy(expected),
        atol=0.02,
    )


def test_a_round_trip_of_all_arguments():
    check_config_round_trip(
        ConditionalLayerNormalization(1e-6, 4, "relu", "he_normal")
    )


def test_a_condition_with_more_axes_is_refused():
    with pytest.raises(ValueError, match=r"`condition` must .*\(2, 1, 1, 3\)"):
        ConditionalLayerNormalization()(normal(2, 5, 8), normal(2, 1, 1, 3))


@pytest.mark.parametrize("options", [{"epsilon": 0}, {"hidden_dim": 0}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ValueError, match=f"`{[*options][0]}` must be"):
        ConditionalLayerNormalization(**options)
