"""Lightweight convolution: a normalized kernel for each head."""

import keras

from keras_addons.layers.mixing.head_convolution import HeadConvolution


@keras.saving.register_keras_serializable(package="keras_addons")
class LightweightConvolution(HeadConvolution):
    """Depthwise convolution with one normalized kernel for each head.

    `h = x W_1 * sigmoid(x W_2)`, then `y_i = sum_t softmax(w)_t h_(i + t -
    left)` with a kernel `w` for each head, which its `size / num_heads`
    channels share, and a last dense layer. See `ops.tap_convolution`. Linear
    in the length, which has no limit. Costs `3 * size^2 + num_heads *
    kernel_size` weights. Use it as the `attention` of `TransformerBlock`.

    `keras.layers.DepthwiseConv1D` has a kernel for each channel, which is not
    normalized, and no masks.

    Args:
        kernel_size: positive int, the number of tokens that one reads, such
            as 3 in the first blocks and 31 in the last.
        num_heads: positive int that divides the size.
        dropout: float in [0, 1), the dropout rate of the normalized kernel.
            Defaults to 0.0.
        kernel_initializer: initializer of all matrices. Defaults to
            "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding,
            which then counts as 0 like what is beyond the text, and is passed
            on.
        attention_mask: None or a boolean tensor (batch, length), False at
            padding.
        use_causal_mask: bool, whether the kernel ends at the token instead of
            being centred on it. Defaults to False.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: an argument is not of its range, `num_heads` does not
            divide the size, or a mask of pairs is passed.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> mixer = layers.LightweightConvolution(kernel_size=3, num_heads=4)
    >>> block = layers.TransformerBlock(mixer, layers.FeedForward(256))
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Wu et al., 2019](https://arxiv.org/abs/1901.10430),
        [Tay et al., 2021](https://arxiv.org/abs/2105.03322),
        https://kexue.fm/archives/8431
    """

    def build_taps(self, size):
        self.taps = self.add_weight(
            name="taps",
            shape=(self.num_heads, self.kernel_size),
            initializer=self.kernel_initializer.clone(),
        )

    def tap_logits(self, features):
        return self.taps[None, None]
