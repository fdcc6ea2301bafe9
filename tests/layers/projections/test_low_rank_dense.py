import keras
import numpy as np
import pytest

from keras_addons.layers import LowRankDense
from tests.arrays import normal
from tests.checks import check_layer
from tests.gradients import as_float32


def test_shared_checks(archive):
    check_layer(
        lambda: LowRankDense(6, 3, activation="gelu"), normal(4, 3, 5), archive
    )


def trained_dense(units=6, activation="tanh", **options):
    dense = keras.layers.Dense(units, activation, **options)
    dense.build((None, 8))
    dense.kernel.assign(normal(8, units))
    if dense.use_bias:
        dense.bias.assign(normal(units))
    return dense


def test_the_output_is_that_of_the_product_of_the_factors():
    layer = LowRankDense(6, 2, activation="tanh", bias_initializer="ones")
    inputs = normal(4, 3, 8)
    outputs = as_float32(layer(inputs))
    kernel = as_float32(layer.left_factor) @ as_float32(layer.right_factor)
    np.testing.assert_allclose(outputs, np.tanh(inputs @ kernel + 1), atol=1e-5)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("units", [6, 11])
def test_full_rank_is_the_dense_layer(units, use_bias):
    dense = trained_dense(units, use_bias=use_bias)
    layer = LowRankDense.from_dense(dense, min(8, units))
    inputs = normal(4, 3, 8)
    np.testing.assert_allclose(
        as_float32(layer(inputs)), as_float32(dense(inputs)), atol=1e-5
    )
    assert len(layer.weights) == (3 if use_bias else 2)


def test_a_kernel_of_low_rank_is_kept():
    dense = trained_dense()
    dense.kernel.assign(normal(8, 2) @ normal(2, 6)[::-1])
    layer = LowRankDense.from_dense(dense, 2)
    inputs = normal(4, 8)
    np.testing.assert_allclose(
        as_float32(layer(inputs)), as_float32(dense(inputs)), atol=1e-5
    )


def test_the_error_of_the_kernel_is_that_of_the_values_left_out():
    dense = trained_dense()
    layer = LowRankDense.from_dense(dense, 4)
    kernel = as_float32(layer.left_factor) @ as_float32(layer.right_factor)
    values = np.linalg.svd(normal(8, 6), compute_uv=False)
    error = np.linalg.norm(kernel - normal(8, 6))
    np.testing.assert_allclose(error, np.hypot(*values[4:]), rtol=1e-4)


def test_options_of_the_dense_layer_are_taken_over():
    dense = trained_dense(dtype="mixed_bfloat16", trainable=False)
    layer = LowRankDense.from_dense(dense, 3, name="thin")
    assert layer.dtype_policy.name == "mixed_bfloat16"
    assert layer.activation is keras.activations.tanh
    assert (layer.trainable, layer.name) == (False, "thin")
    other = LowRankDense.from_dense(dense, 3, dtype="float32", activation=None)
    assert other.dtype_policy.name == "float32"
    assert other.activation is keras.activations.linear
    assert not LowRankDense.from_dense(dense, 3, use_bias=False).use_bias


def test_a_layer_with_lora_is_taken_with_it():
    dense = trained_dense(activation=None)
    dense.enable_lora(2)
    dense.lora_kernel_b.assign(normal(2, 6))
    layer = LowRankDense.from_dense(dense, 6)
    inputs = normal(4, 8)
    np.testing.assert_allclose(
        as_float32(layer(inputs)), as_float32(dense(inputs)), atol=1e-5
    )


def test_outputs_have_the_variance_of_the_inputs():
    # Of 400 numbers by a kernel of 4,000 the variance is within 20 %.
    layer = LowRankDense(200, 100)
    outputs = as_float32(layer(normal(100, 300)))
    assert 0.8 < outputs.var() < 1.25


def test_a_seeded_initializer_draws_two_factors():
    initializer = keras.initializers.LecunNormal(seed=1)
    layer = LowRankDense(4, 4, kernel_initializer=initializer)
    layer.build((None, 4))
    left, right = as_float32(layer.left_factor), as_float32(layer.right_factor)
    assert not np.array_equal(left, right)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="`rank` .* Received: 7"):
        LowRankDense.from_dense(trained_dense(), 7)
    with pytest.raises(ValueError, match="`rank` .* Received: 0"):
        LowRankDense(4, 0)
    with pytest.raises(ValueError, match="`units` .* Received: True"):
        LowRankDense(True, 1)
    for dense in (
        keras.layers.Dense(4),
        keras.layers.EinsumDense("a,ab->b", 3),
    ):
        with pytest.raises(ValueError, match="`dense` must be a"):
            LowRankDense.from_dense(dense, 1)
    dense = trained_dense()
    dense.quantize("int8")
    with pytest.raises(ValueError, match="`dense` must have float weights"):
        LowRankDense.from_dense(dense, 1)
