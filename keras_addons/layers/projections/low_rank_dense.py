"""A dense layer whose kernel is the product of two thin factors."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.ops.low_rank import low_rank_factors


@keras.saving.register_keras_serializable(package="keras_addons")
class LowRankDense(keras.layers.Layer):
    """Dense layer with a kernel of low rank: `activation(x A B + bias)`.

    `A` is (dim, rank) and `B` (rank, units), so the layer has `rank * (dim +
    units)` weights in its two factors, and as many multiplications a token,
    for the `dim * units` of `keras.layers.Dense`: fewer where `rank < dim *
    units / (dim + units)`, which is half the size of a square kernel. With
    `rank = min(dim, units)` every kernel can be represented.

    `from_dense` makes one of a trained `Dense` with the best kernel of that
    rank. The `lora_rank` of Keras' `Dense` is another thing: it adds a
    product of low rank to the whole kernel, which saves memory of the
    optimizer in fine-tuning and neither weights nor time.

    Args:
        units: positive int, the size of the output.
        rank: positive int, at most `min(dim, units)`.
        activation: None, name or function. Defaults to None.
        use_bias: bool. Defaults to True.
        kernel_initializer: of both factors. Defaults to "lecun_normal",
            with which outputs have the variance of the inputs.
        bias_initializer: of the bias. Defaults to "zeros".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        inputs: tensor (..., dim). A Keras mask passes through.

    Returns:
        Tensor (..., units).

    Raises:
        ValueError: `units` or `rank` is not a positive integer, or `rank` is
            above `min(dim, units)`.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import LowRankDense
    >>> layer = LowRankDense(units=3072, rank=64)
    >>> layer(np.zeros((2, 7, 768), "float32")).shape == (2, 7, 3072)
    True
    >>> layer.count_params()  # 64 * (768 + 3072) + 3072; Dense: 2362368
    248832

    Reference:
        [Denil et al., 2013](https://arxiv.org/abs/1306.0543),
        https://kexue.fm/archives/10407
    """

    def __init__(
        self,
        units,
        rank,
        activation=None,
        use_bias=True,
        kernel_initializer="lecun_normal",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = check_integer("units", units, 1)
        self.rank = check_integer("rank", rank, 1)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.supports_masking = True

    @classmethod
    def from_dense(cls, dense, rank, **kwargs):
        """Makes a layer with the best kernel of that rank for a trained one.

        Equal to `dense` up to rounding if `rank` is that of its kernel; else
        the squared error of the kernel is the sum of the squares of the
        singular values that are left out. Costs a singular value
        decomposition of the kernel.

        Args:
            dense: `keras.layers.Dense`, built, in float weights. Its
                regularizers and constraints, which are meant for the whole
                kernel, are not taken over.
            rank: int in [1, min(dim, units)].
            **kwargs: arguments of the layer, such as `name`; by default
                activation, bias, dtype and whether it is trainable are those
                of `dense`.

        Returns:
            `LowRankDense`, built.

        Raises:
            ValueError: `dense` is not a built `Dense` or is quantized, or
                `rank` is not in [1, min(dim, units)].

        Example:

        >>> import numpy as np
        >>> dense = keras.layers.Dense(5)
        >>> inputs = np.ones((2, 8), "float32")
        >>> outputs = dense(inputs)
        >>> full = LowRankDense.from_dense(dense, rank=5)
        >>> bool(ops.all(ops.abs(full(inputs) - outputs) < 1e-5))
        True
        """
        raise_if_not_dense(dense)
        options = {
            "activation": dense.activation,
            "use_bias": dense.use_bias,
            "dtype": dense.dtype_policy,
            "trainable": dense.trainable,
        }
        kernel = ops.convert_to_tensor(dense.kernel)
        layer = cls(dense.units, rank, **{**options, **kwargs})
        layer.build((None, kernel.shape[0]))
        left, right = low_rank_factors(ops.cast(kernel, "float32"), rank)
        layer.left_factor.assign(left)
        layer.right_factor.assign(right)
        if layer.use_bias and dense.use_bias:
            layer.bias.assign(dense.bias)
        return layer

    def build(self, inputs_shape):
        size = inputs_shape[-1]
        if self.rank > min(size, self.units):
            raise ValueError(
                f"`rank` must be at most {min(size, self.units)}, the smaller "
                f"of {size} inputs and {self.units} units. "
                f"Received: {self.rank}"
            )
        self.left_factor = self.add_weight(
            name="left_factor",
            shape=(size, self.rank),
            initializer=self.kernel_initializer,
        )
        self.right_factor = self.add_weight(
            name="right_factor",
            shape=(self.rank, self.units),
            initializer=with_next_seed(self.kernel_initializer),
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
            )

    def call(self, inputs):
        # First to the small size: this order makes the layer cheap.
        outputs = ops.matmul(inputs, self.left_factor)
        outputs = ops.matmul(outputs, self.right_factor)
        if self.use_bias:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)

    def compute_output_shape(self, inputs_shape):
        return (*inputs_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "rank": self.rank,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
            "bias_initializer": keras.initializers.serialize(
                self.bias_initializer
            ),
        }


def with_next_seed(initializer):
    """Copies an initializer, which would draw the same numbers once more."""
    config = keras.initializers.serialize(initializer)
    if isinstance(config, dict) and isinstance(
        config["config"].get("seed"), int
    ):
        config["config"]["seed"] += 1
    return keras.initializers.deserialize(config)


def raise_if_not_dense(dense):
    if not isinstance(dense, keras.layers.Dense) or not dense.built:
        raise ValueError(
            "`dense` must be a `keras.layers.Dense` that is built. "
            f"Received: {dense}"
        )
    if dense.quantization_mode is not None:
        raise ValueError(
            "`dense` must have float weights; make the low-rank layer before "
            f"it is quantized. Received: {dense.quantization_mode}"
        )
