import math

import keras
import numpy as np
import pytest

from keras_addons import layers
from keras_addons.ops import gelu
from keras_addons.ops import gelu_sigmoid
from keras_addons.ops import gelu_tanh
from tests.gradients import as_float32
from tests.gradients import value_and_gradients

POINTS = np.linspace(-6, 6, 49).astype("float32")


def exact(x):
    return x / 2 * (1 + math.erf(x / math.sqrt(2)))


def approximate(x):
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return x / 2 * (1 + math.tanh(inner))


def by_sigmoid(x):
    return x / (1 + math.exp(min(-1.702 * x, 700)))


def slope(function, x, step=1e-5):
    return (function(x + step) - function(x - step)) / (2 * step)


EACH = pytest.mark.parametrize(
    "function, formula",
    [(gelu, exact), (gelu_tanh, approximate), (gelu_sigmoid, by_sigmoid)],
)


@EACH
def test_values_are_those_of_the_formula(function, formula):
    expected = [formula(x) for x in POINTS.tolist()]
    np.testing.assert_allclose(
        as_float32(function(POINTS)), expected, atol=1e-6
    )


@EACH
@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_the_slopes_of_the_formula(
    function, formula, jit_compile
):
    _, (gradient,) = value_and_gradients(
        lambda x: keras.ops.sum(function(x)), POINTS, jit_compile=jit_compile
    )
    expected = [slope(formula, x) for x in POINTS.tolist()]
    np.testing.assert_allclose(gradient, expected, atol=1e-5)


@EACH
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_stays_and_is_finite(function, formula, dtype):
    def total(x):
        y = function(keras.ops.cast(x, dtype))
        assert keras.backend.standardize_dtype(y.dtype) == dtype
        return keras.ops.sum(keras.ops.cast(y, "float32"))

    _, (gradient,) = value_and_gradients(total, 100 * POINTS)
    expected = [slope(formula, 100 * x) for x in POINTS.tolist()]
    np.testing.assert_allclose(gradient, expected, atol=0.02)


@EACH
def test_gradients_have_gradients(function, formula):
    points = POINTS[::6]
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        points = tf.constant(points)
        with tf.GradientTape() as outer:
            outer.watch(points)
            with tf.GradientTape() as inner:
                inner.watch(points)
                total = tf.reduce_sum(function(points))
            gradient = inner.gradient(total, points)
        second = outer.gradient(gradient, points)
    elif keras.backend.backend() == "jax":
        import jax

        # Forward over backward, as jax.hessian does it.
        second = jax.jacfwd(jax.grad(lambda x: function(x).sum()))(points)
        second = second.diagonal()
    else:
        import torch

        points = torch.tensor(points, requires_grad=True)
        (gradient,) = torch.autograd.grad(
            function(points).sum(), points, create_graph=True
        )
        (second,) = torch.autograd.grad(gradient.sum(), points)
    expected = [
        slope(lambda x: slope(formula, x, 1e-4), x, 1e-4)
        for x in as_float32(points).tolist()
    ]
    np.testing.assert_allclose(as_float32(second), expected, atol=1e-4)


def test_a_symbolic_tensor_becomes_a_model():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Activation(gelu)(inputs))
    again = keras.Model.from_config(model.get_config())
    rows = np.array([[-1.0, 0.0, 1.0]], "float32")
    np.testing.assert_allclose(
        as_float32(again(rows)), [[exact(x) for x in rows[0].tolist()]], 1e-5
    )


def test_a_feed_forward_layer_of_gelu_says_gelu_and_keeps_less():
    layer = layers.FeedForward(8, activation="gelu")
    layer.build((None, 4))
    assert layer.get_config()["activation"] == "gelu"
    assert layer.widen.activation is gelu


def test_the_approximations_are_as_far_from_gelu_as_published():
    points = np.linspace(-6, 6, 12001).astype("float32")
    for function, distance in [(gelu_tanh, 4.73e-4), (gelu_sigmoid, 0.02033)]:
        errors = np.abs(as_float32(function(points)) - as_float32(gelu(points)))
        np.testing.assert_allclose(errors.max(), distance, rtol=2e-3)
