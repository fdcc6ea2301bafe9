"""A dense layer whose kernel gets its gradient from a sample of the rows."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.arguments import check_integer
from keras_addons.ops.sampled_gradient import matmul_with_sampled_gradient


@keras.saving.register_keras_serializable(package="keras_addons")
class SampledGradientDense(keras.layers.Layer):
    """Dense layer with a cheaper, random and unbiased gradient of the kernel.

    `y = activation(x W + bias)`, exact in training as in inference. In
    training the gradient of the kernel, a sum over all tokens of the batch,
    is estimated from `num_rows` tokens, drawn with replacement in proportion
    to `|x_i| |dy_i|`: the approximate product by columns and rows (CR). The
    gradients of the inputs and the bias are exact, so the other layers do
    not notice; that of the kernel has no bias, and its expected squared
    error is `((sum_i |x_i| |dy_i|)^2 - |x^T dy|^2) / num_rows`.

    Of the three matrix products of a step (forward, inputs, kernel) the third
    takes `num_rows / (batch * length)` of its time, so a step takes at least
    two thirds of that of `keras.layers.Dense`. Memory is the same. Where
    batch and length are known to be at most `num_rows` tokens, which is on
    JAX and torch always, the gradient is exact and costs what it costs in
    `Dense`; where TensorFlow does not know them, it samples.

    Args:
        units: positive int, the size of the output.
        num_rows: positive int, the number of draws.
        activation: None, name or function. Defaults to None.
        use_bias: bool. Defaults to True.
        kernel_initializer: of the kernel. Defaults to "glorot_uniform".
        seed: None or int, of the draws, whose state is not saved, as that of
            `keras.layers.Dropout` is not: training that is loaded starts with
            the first draw again. Defaults to None.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        inputs: tensor (..., dim). A Keras mask passes through; padding is
            seldom drawn, as its gradients are small, or never, if they are 0.
        training: bool, whether gradients are sampled. Without it they are
            exact. Defaults to that of `fit` and `predict`.

    Returns:
        Tensor (..., units).

    Raises:
        ValueError: `units` or `num_rows` is not a positive integer.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import SampledGradientDense
    >>> layer = SampledGradientDense(units=5, num_rows=16, seed=0)
    >>> layer(np.ones((4, 32, 8), "float32"), training=True).shape == (4, 32, 5)
    True

    Reference:
        [Adelman et al., 2018](https://arxiv.org/abs/1805.08079),
        [Liu et al., 2023](https://arxiv.org/abs/2305.15265),
        https://kexue.fm/archives/10427
    """

    def __init__(
        self,
        units,
        num_rows,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = check_integer("units", units, 1)
        self.num_rows = check_integer("num_rows", num_rows, 1)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, inputs_shape):
        self.kernel = self.add_weight(
            name="kernel",
            shape=(inputs_shape[-1], self.units),
            initializer=self.kernel_initializer,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.units,), initializer="zeros"
            )

    def call(self, inputs, training=None):
        if training:
            outputs = self.product_in_training(inputs)
        else:
            outputs = ops.matmul(inputs, self.kernel)
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def product_in_training(self, inputs):
        rows = backend.reshape(inputs, (-1, inputs.shape[-1]))
        kernel = ops.cast(self.kernel, rows.dtype)
        num_rows = rows.shape[0]
        if num_rows is not None and num_rows <= self.num_rows:
            return ops.matmul(inputs, kernel)
        uniform = keras.random.uniform(
            (self.num_rows,), dtype="float32", seed=self.seed_generator
        )
        outputs = matmul_with_sampled_gradient(rows, kernel, uniform)
        shape = (*ops.shape(inputs)[:-1], self.units)
        return backend.reshape(outputs, shape)

    def compute_output_shape(self, inputs_shape):
        return (*inputs_shape[:-1], self.units)

    def compute_output_spec(self, inputs, training=None):
        shape = self.compute_output_shape(inputs.shape)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "num_rows": self.num_rows,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
            "seed": self.seed,
        }
