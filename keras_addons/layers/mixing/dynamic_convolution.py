"""Dynamic convolution: each token computes its own kernel."""

import keras

from keras_addons import backend
from keras_addons.layers.mixing.head_convolution import HeadConvolution


@keras.saving.register_keras_serializable(package="keras_addons")
class DynamicConvolution(HeadConvolution):
    """Depthwise convolution with a kernel that each token computes.

    `LightweightConvolution` with the kernel `softmax(h_i W_k)` of each token
    in the place of `softmax(w)`, which is the same for all. Costs `3 * size^2
    + size * num_heads * kernel_size` weights.

    Arguments, masks, result and errors are those of `LightweightConvolution`.

    Args:
        kernel_size: positive int.
        num_heads: positive int that divides the size.
        dropout: float in [0, 1), of the kernels. Defaults to 0.0.
        kernel_initializer: of all matrices. Defaults to "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> mixer = layers.DynamicConvolution(kernel_size=3, num_heads=4)
    >>> block = layers.TransformerBlock(mixer, layers.FeedForward(256))
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Wu et al., 2019](https://arxiv.org/abs/1901.10430),
        [Tay et al., 2021](https://arxiv.org/abs/2105.03322),
        https://kexue.fm/archives/8431
    """

    def build_taps(self, size):
        units = self.num_heads * self.kernel_size
        self.taps = self.add_dense("taps", units, size)

    def parts(self):
        return *super().parts(), self.taps

    def tap_logits(self, features):
        length = keras.ops.shape(features)[1]
        shape = (-1, length, self.num_heads, self.kernel_size)
        return backend.reshape(self.taps(features), shape)
