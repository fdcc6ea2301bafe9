"""Squared ReLU in the place of the softmax of attention."""

import keras

from keras_addons.layers.attention.score_normalization import ScoreNormalization
from keras_addons.ops.score_normalization import squared_relu_weights


@keras.saving.register_keras_serializable(package="keras_addons")
class SquaredReLU(ScoreNormalization):
    """`relu(q k / sqrt(d))^2 / n` for the `n` keys that a query attends to.

    Weights of the gated attention unit, in the place of the softmax. See
    `ops.squared_relu_weights`. There is no fused kernel for it.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> attention = layers.MultiHeadAttention(
    ...     8, normalization=layers.SquaredReLU()
    ... )
    >>> attention(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Hua et al., 2022](https://arxiv.org/abs/2202.10447),
        https://kexue.fm/archives/8934
    """

    def normalize(self, scores, mask):
        return squared_relu_weights(scores, mask)
