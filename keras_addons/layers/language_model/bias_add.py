"""Adds a trainable bias."""

import keras


@keras.saving.register_keras_serializable(package="keras_addons")
class BiasAdd(keras.layers.Layer):
    """Adds one trainable vector to every token: `y = x + bias`.

    For example the bias of the logits of a language-model head whose kernel
    is the token embedding.

    Args:
        initializer: initializer of the vector. Defaults to "zeros".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (..., size). A Keras mask passes through.

    Returns:
        Tensor of the shape of `features`.

    Example:

    >>> import numpy as np
    >>> from keras_addons.layers import BiasAdd
    >>> BiasAdd("ones")(np.zeros((2, 3), "float32")).shape == (2, 3)
    True

    Reference:
        https://github.com/bojone/bert4keras
    """

    def __init__(self, initializer="zeros", **kwargs):
        super().__init__(**kwargs)
        self.initializer = keras.initializers.get(initializer)
        self.supports_masking = True

    def build(self, features_shape):
        self.bias = self.add_weight(
            name="bias",
            shape=(features_shape[-1],),
            initializer=self.initializer,
        )

    def call(self, features):
        return features + self.bias

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        return {
            **super().get_config(),
            "initializer": keras.initializers.serialize(self.initializer),
        }
