import keras
import numpy as np
import pytest

from keras_addons.layers import SampledGradientDense
from tests.arrays import normal
from tests.checks import JIT_CHOICES
from tests.checks import check_layer
from tests.gradients import as_float32


def test_shared_checks(archive):
    check_layer(
        lambda: SampledGradientDense(6, 4, activation="gelu", seed=1),
        normal(8, 3, 5),
        archive,
    )


def make_pair(num_rows=5, units=4, dim=6, **options):
    dense = keras.layers.Dense(units, options.get("activation"))
    sampled = SampledGradientDense(units, num_rows, seed=3, **options)
    for layer in (dense, sampled):
        layer.build((None, dim))
        layer.kernel.assign(normal(dim, units))
        layer.bias.assign(normal(units))
    return dense, sampled


@pytest.mark.parametrize("training", [True, False])
def test_the_output_is_that_of_dense_in_training_too(training):
    dense, sampled = make_pair(activation="tanh")
    inputs = normal(4, 3, 6)
    np.testing.assert_allclose(
        as_float32(sampled(inputs, training=training)),
        as_float32(dense(inputs)),
        atol=1e-6,
    )


def after_a_step(layer, inputs, targets, jit_compile=False):
    """The weights after one step of SGD(1) on the mean squared error."""
    body = keras.layers.Dense(inputs.shape[-1], name="before")
    symbolic = keras.Input(inputs.shape[1:])
    model = keras.Model(symbolic, layer(body(symbolic)))
    body.kernel.assign(normal(*body.kernel.shape)[::-1])
    model.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=jit_compile)
    model.train_on_batch(inputs, targets)
    return [as_float32(each) for each in model.trainable_weights]


@pytest.mark.parametrize("jit_compile", JIT_CHOICES)
def test_only_the_gradient_of_the_kernel_is_sampled(jit_compile):
    inputs, targets = normal(8, 3, 6), normal(8, 3, 4)
    exact, sampled = (
        after_a_step(layer, inputs, targets, jit_compile)
        for layer in make_pair()
    )
    # Kernel and bias before, then kernel and bias of the layer.
    for place in (0, 1, 3):
        np.testing.assert_allclose(sampled[place], exact[place], atol=1e-5)
    assert np.abs(sampled[2] - exact[2]).max() > 0.01


def test_the_mean_of_the_sampled_gradients_is_the_gradient():
    inputs, targets = normal(40, 6), normal(40, 4)
    dense, _ = make_pair()
    exact = after_a_step(dense, inputs, targets)[2]
    layer = make_pair(num_rows=20)[1]
    model = keras.Sequential([keras.Input((6,)), layer])
    model.compile(keras.optimizers.SGD(1.0), "mse")
    # `after_a_step` has a layer before; its outputs are the inputs here.
    inputs = inputs @ normal(6, 6)[::-1]
    kernels = []
    for _ in range(100):
        layer.kernel.assign(normal(6, 4))
        layer.bias.assign(normal(4))
        model.train_on_batch(inputs, targets)
        kernels.append(as_float32(layer.kernel))
    mean, deviation = np.mean(kernels, axis=0), np.std(kernels, axis=0)
    standard = np.abs(mean - exact) / (deviation / np.sqrt(100))
    # Standard errors of 24 means: normal numbers, the median of which is 0.67.
    assert np.median(standard) < 1.2 and standard.max() < 4.5
    assert deviation.max() > 0.01


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="does not know the batch"
)
def test_few_rows_are_taken_whole():
    inputs, targets = normal(5, 6), normal(5, 4)
    exact, sampled = (
        after_a_step(layer, inputs, targets) for layer in make_pair(num_rows=5)
    )
    for one, other in zip(sampled, exact):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_few_rows_whose_number_is_known_are_taken_whole():
    _, layer = make_pair(num_rows=12)
    state = as_float32(layer.seed_generator.state)
    layer(normal(4, 3, 6), training=True)
    np.testing.assert_array_equal(as_float32(layer.seed_generator.state), state)
    layer(normal(5, 3, 6), training=True)
    assert np.any(as_float32(layer.seed_generator.state) != state)


def test_it_learns():
    inputs = normal(256, 6)
    targets = inputs @ normal(6, 4)[::-1]
    layer = SampledGradientDense(4, 16, seed=0)
    model = keras.Sequential([keras.Input((6,)), layer])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    losses = model.fit(
        inputs, targets, batch_size=64, epochs=30, verbose=0
    ).history["loss"]
    assert losses[-1] < 0.01 * losses[0]


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="`num_rows` .* Received: 0"):
        SampledGradientDense(4, 0)
    with pytest.raises(ValueError, match="`units` .* Received: 1.5"):
        SampledGradientDense(1.5, 3)
