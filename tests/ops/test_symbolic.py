"""Functions of tensors in functional models."""

import keras
import numpy as np
import pytest

from keras_addons import ops

CALLS = {
    "gelu": {},
    "gelu_sigmoid": {},
    "gelu_tanh": {},
    "soft_top_k_exponential": {"k": 2, "temperature": 0.5},
    "soft_top_k_iterative": {"k": 2},
    "soft_top_k_laplace": {"k": 2},
    "soft_top_k_sigmoid": {"k": 2},
    "soft_top_k_subsets": {"k": 2},
    "sparsemax": {},
    "squareplus": {"b": 2.0},
}


@pytest.fixture(params=CALLS)
def case(request):
    """A function with its arguments, a model that calls it, and inputs."""
    function, arguments = getattr(ops, request.param), CALLS[request.param]
    inputs = keras.Input((5,))
    model = keras.Model(inputs, function(inputs, **arguments))
    features = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    return function, arguments, model, features


def test_a_functional_model_computes_the_function(case):
    function, arguments, model, features = case
    assert model.output_shape == (None, 5)
    expected = keras.ops.convert_to_numpy(function(features, **arguments))
    np.testing.assert_allclose(
        model.predict(features, verbose=0), expected, atol=1e-6
    )


def test_the_arguments_are_saved_with_the_model(case, tmp_path):
    *_, model, features = case
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(
        loaded.predict(features, verbose=0), model.predict(features, verbose=0)
    )


def test_a_tensor_may_be_a_keyword(case):
    function, arguments, _, features = case
    inputs = keras.Input((5,))
    model = keras.Model(inputs, function(x=inputs, **arguments))
    np.testing.assert_allclose(
        model.predict(features, verbose=0),
        keras.ops.convert_to_numpy(function(features, **arguments)),
        atol=1e-6,
    )


def test_layers_before_the_call_are_trained():
    inputs = keras.Input((5,))
    outputs = ops.squareplus(keras.layers.Dense(5)(inputs))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    model.fit(np.ones((4, 5)), np.zeros((4, 5)), verbose=0)
    assert np.abs(model.get_weights()[0] - before).min() > 0
