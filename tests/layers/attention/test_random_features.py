import keras
import numpy as np
import pytest

from keras_addons.layers import LinearAttention
from keras_addons.layers import MultiHeadAttention
from keras_addons.layers import RandomFeatures
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.gradients import as_float32


def vectors(layer):
    return as_float32(layer.projection)


def test_features_by_definition_up_to_a_factor():
    # exp(w . x - |x|^2 / 2) of x = heads / 4^(1/4); for each query the factor
    # cancels out, for keys it is one for all of a head.
    layer, (queries, keys) = RandomFeatures(5, seed=0), normal(2, 2, 2, 3, 4)
    actual = [as_float32(each) for each in layer(queries, keys)]
    for given, features, axes in zip(
        (queries, keys), actual, ((-1,), (-2, -1))
    ):
        x = given / 4**0.25
        expected = np.exp(
            x @ vectors(layer).T - (x**2).sum(-1, keepdims=True) / 2
        )
        ratio = features / expected
        np.testing.assert_allclose(
            ratio,
            np.broadcast_to(ratio.mean(axes, keepdims=True), ratio.shape),
            rtol=1e-4,
        )


def test_redraw_changes_the_vectors():
    layer, heads = RandomFeatures(5, seed=0), normal(1, 1, 3, 4)
    layer(heads, heads)
    first = vectors(layer)
    layer.redraw()
    second = vectors(layer)
    layer.redraw()
    assert (first != second).all() and (second != vectors(layer)).all()


def test_the_seed_decides():
    heads = normal(1, 1, 3, 4)

    def drawn(seed):
        layer = RandomFeatures(5, seed=seed)
        layer(heads, heads)
        first = vectors(layer)
        layer.redraw()
        return np.stack([first, vectors(layer)])

    np.testing.assert_array_equal(drawn(3), drawn(3))
    assert (drawn(3) != drawn(4)).all()


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_training_redraws_at_the_interval(jit_compile):
    features = RandomFeatures(6, redraw_interval=2, seed=0)
    inputs = keras.Input((None, 8))
    outputs = LinearAttention(MultiHeadAttention(2), features)(inputs)
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse", jit_compile=jit_compile)
    x = normal(4, 5, 8)
    drawn = [vectors(features)]
    for _ in range(4):
        model.train_on_batch(x, x)
        model.evaluate(x, x, verbose=0)  # does not count
        drawn.append(vectors(features))
    changed = [(a != b).any() for a, b in zip(drawn, drawn[1:])]
    assert changed == [False, True, False, True]


def test_training_that_is_loaded_goes_on_with_the_next_draw(tmp_path):
    inputs = keras.Input((None, 8))
    features = RandomFeatures(6, redraw_interval=2, seed=0)
    outputs = LinearAttention(MultiHeadAttention(2), features)(inputs)
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    x = normal(4, 5, 8)
    first = vectors(features).copy()  # torch writes in place
    for _ in range(3):  # one redraw, and half of the way to the next
        model.train_on_batch(x, x)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    second = vectors(features).copy()
    for each in (model, loaded):
        each.train_on_batch(x, x)
    (other,) = (
        layer.feature_map
        for layer in loaded.layers
        if hasattr(layer, "feature_map")
    )
    np.testing.assert_array_equal(vectors(other), vectors(features))
    for earlier in (first, second):
        assert (vectors(other) != earlier).all()


def test_weights_without_the_state_of_the_draws_are_loaded():
    # As they were saved up to release 0.1.0.
    layer = RandomFeatures(6, seed=0)
    layer.build((None, 2, None, 4), (None, 2, None, 4))
    drawn = normal(6, 4)
    layer.load_own_variables({"0": drawn})
    np.testing.assert_array_equal(vectors(layer), drawn)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="`num_features` must be .* 0"):
        RandomFeatures(0)
    with pytest.raises(ValueError, match="`redraw_interval` must be .* 0"):
        RandomFeatures(4, redraw_interval=0)
