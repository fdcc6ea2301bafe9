"""Layer normalization whose scale and shift depend on a condition."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.arguments import check_number
from keras_addons.layers.quantized_parts import dtype_config
from keras_addons.layers.quantized_parts import policy_of_part


@keras.saving.register_keras_serializable(package="keras_addons")
class ConditionalLayerNormalization(keras.layers.Layer):
    """Layer normalization with a scale and a shift made of a condition.

    `(x - mean) / sqrt(variance + epsilon) * (gamma + c W_gamma) + beta + c
    W_beta`, over the last axis, where `c` is the condition: a vector of each
    text, such as the embedding of a style or a class to be generated, or of
    each token. `W_gamma` and `W_beta` start at zero: a new layer computes what
    `keras.layers.LayerNormalization` does, so that a pretrained one can take a
    condition; copy its two weights into `gamma` and `beta`. Costs `2 * size *
    (1 + condition size)` weights. Mean and variance are in float32.

    `keras.layers.LayerNormalization` takes no condition.

    Args:
        epsilon: positive float. Defaults to 1e-12.
        hidden_dim: None or positive int. With a number the condition passes
            a dense layer of so many units, without a bias, before `W_gamma`
            and `W_beta`. Defaults to None.
        hidden_activation: name or function, of that layer. Defaults to
            "linear".
        kernel_initializer: initializer of its kernel. Defaults to
            "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, ..., size). Its Keras mask passes through.
        condition: tensor (batch, any size), or with further axes that
            broadcast to those of `features`, such as (batch, length, any
            size). Its Keras mask is ignored.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: an argument is out of its range, or `condition` has more
            axes than `features`.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import ConditionalLayerNormalization
    >>> norm = ConditionalLayerNormalization()
    >>> features, styles = np.ones((2, 10, 64)), np.ones((2, 16))
    >>> norm(features, styles).shape == (2, 10, 64)
    True

    Reference:
        https://kexue.fm/archives/7124
    """

    def __init__(
        self,
        epsilon=1e-12,
        hidden_dim=None,
        hidden_activation="linear",
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_number("epsilon", epsilon, 0, exclusive=True)
        if hidden_dim is not None:
            check_integer("hidden_dim", hidden_dim, 1)
        self.epsilon = epsilon
        self.hidden_dim = hidden_dim
        self.hidden_activation = keras.activations.get(hidden_activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True

    def build(self, features_shape, condition_shape):
        if len(condition_shape) > len(features_shape):
            raise ValueError(
                "`condition` must have no more axes than `features`. Received "
                f"shapes: {tuple(condition_shape)} and {tuple(features_shape)}"
            )
        size = features_shape[-1]
        self.gamma = self.add_weight(
            name="gamma", shape=(size,), initializer="ones"
        )
        self.beta = self.add_weight(
            name="beta", shape=(size,), initializer="zeros"
        )
        if self.hidden_dim is not None:
            self.hidden = self._dense(
                "hidden",
                condition_shape,
                self.hidden_dim,
                activation=self.hidden_activation,
                kernel_initializer=self.kernel_initializer.clone(),
            )
            condition_shape = (*condition_shape[:-1], self.hidden_dim)
        zeros = {"kernel_initializer": "zeros"}
        self.scale = self._dense("scale", condition_shape, size, **zeros)
        self.shift = self._dense("shift", condition_shape, size, **zeros)

    def _dense(self, name, input_shape, units, **options):
        layer = keras.layers.Dense(
            units,
            use_bias=False,
            dtype=policy_of_part(self.dtype_policy, f"{self.path}/{name}"),
            name=name,
            **options,
        )
        layer.build(input_shape)
        return layer

    def call(self, features, condition):
        normalized = ops.layer_normalization(
            features, axis=-1, epsilon=self.epsilon
        )
        if self.hidden_dim is not None:
            condition = self.hidden(condition)
        axes = len(features.shape)
        scale = with_axes(self.scale(condition), axes) + self.gamma
        shift = with_axes(self.shift(condition), axes) + self.beta
        return normalized * scale + shift

    def compute_output_shape(self, features_shape, condition_shape):
        return features_shape

    def parts(self):
        """Returns the dense layers, or nothing before `build`."""
        if not self.built:
            return ()
        hidden = () if self.hidden_dim is None else (self.hidden,)
        return *hidden, self.scale, self.shift

    def get_config(self):
        serialize = keras.initializers.serialize
        return {
            **super().get_config(),
            **dtype_config(self, self.parts()),
            "epsilon": self.epsilon,
            "hidden_dim": self.hidden_dim,
            "hidden_activation": keras.activations.serialize(
                self.hidden_activation
            ),
            "kernel_initializer": serialize(self.kernel_initializer),
        }


def with_axes(tensor, count):
    """Inserts axes behind the batch until there are `count`."""
    while len(tensor.shape) < count:
        tensor = tensor[:, None]
    return tensor
