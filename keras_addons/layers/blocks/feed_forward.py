"""Feed-forward layer of a transformer: two dense layers."""

import keras
from keras import ops

from keras_addons import backend
from keras_addons.layers.quantized_parts import dtype_config
from keras_addons.layers.quantized_parts import policy_of_part
from keras_addons.ops.activations import in_less_memory


@keras.saving.register_keras_serializable(package="keras_addons")
class FeedForward(keras.layers.Layer):
    """Two dense layers with an activation between them, for each token.

    `y = activation(x W_1 + b_1) W_2 + b_2`.
    Costs `2 * size * intermediate_dim` weights.

    Args:
        intermediate_dim: positive int, the number of features between the
            two layers.
        activation: name or function. "gelu" is computed by `ops.gelu`, which
            gives the same values in less memory. Defaults to "gelu".
        kernel_initializer: initializer of both kernels. Defaults to
            "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (..., size). A Keras mask passes through.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: `intermediate_dim` is not positive.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import FeedForward
    >>> features = np.zeros((2, 10, 64), "float32")
    >>> FeedForward(256)(features).shape == (2, 10, 64)
    True

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)
    """

    def __init__(
        self,
        intermediate_dim,
        activation="gelu",
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if intermediate_dim < 1:
            raise ValueError(
                "`intermediate_dim` must be positive. "
                f"Received: {intermediate_dim}"
            )
        self.intermediate_dim = intermediate_dim
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.supports_masking = True

    def build(self, features_shape):
        self.widen = self.dense(
            self.intermediate_dim,
            "widen",
            activation=in_less_memory(self.activation),
        )
        self.narrow = self.dense(features_shape[-1], "narrow")
        self.widen.build(features_shape)
        self.narrow.build((*features_shape[:-1], self.intermediate_dim))

    def dense(self, units, name, activation=None):
        return keras.layers.Dense(
            units,
            activation=activation,
            kernel_initializer=self.kernel_initializer.clone(),
            dtype=policy_of_part(self.dtype_policy, f"{self.path}/{name}"),
            name=name,
        )

    def call(self, features):
        # On JAX on a CPU one product of two matrices is twice as fast, with
        # its gradients, as a product of batched matrices.
        rows = backend.reshape(features, (-1, features.shape[-1]))
        rows = self.narrow(self.widen(rows))
        return backend.reshape(rows, ops.shape(features))

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        serialize = keras.initializers.serialize
        parts = (self.widen, self.narrow) if self.built else ()
        return {
            **super().get_config(),
            **dtype_config(self, parts),
            "intermediate_dim": self.intermediate_dim,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": serialize(self.kernel_initializer),
        }
