"""FNet's token mixing: a Fourier transform in place of attention."""

import keras

from keras_addons.arguments import check_integer
from keras_addons.layers.mixing.token_mixer import TokenMixer
from keras_addons.ops.fourier_mixing import fourier_mixing


@keras.saving.register_keras_serializable(package="keras_addons")
class FourierMixing(TokenMixer):
    """FNet's token mixing: the real part of a two-dimensional FFT.

    `y = Re(F_n x F_d)`, `F_n` and `F_d` the Fourier matrices over positions
    and features. Has no weights, takes `O(length * size * log(length *
    size))` operations, and is computed in float32. Use it as the `attention`
    of `TransformerBlock`.

    Padding is set to zero before the transform, so what stands there never
    matters. How much of it there is does matter without `max_length`: `n` is
    then the length of the batch, and the same text has another spectrum in a
    longer batch. With `max_length` every text is transformed as one of
    `max_length` positions with zeros at the end, of which the first `length`
    rows are returned: then padding never changes another row, and short
    batches take as long as the longest.

    Args:
        max_length: None or positive int, the number of positions of the
            transform and the longest text. Defaults to None, that is the
            length of the batch.
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size). Its Keras mask hides padding
            and is passed on.
        attention_mask: None or a boolean tensor (batch, length), False at
            padding.
        use_causal_mask: must be False, since every row depends on all tokens.

    Returns:
        Tensor of the shape of `features`. Its values are about `sqrt(length *
        size)` times those of `features`: a layer normalization should follow.

    Raises:
        ValueError: `max_length` is not positive, the text is longer, or a
            causal mask or one of pairs is asked for.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> block = layers.TransformerBlock(
    ...     layers.FourierMixing(), layers.FeedForward(256)
    ... )
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Lee-Thorp et al., 2021](https://arxiv.org/abs/2105.03824),
        https://kexue.fm/archives/8431
    """

    can_be_causal = False

    def __init__(self, max_length=None, **kwargs):
        super().__init__(**kwargs)
        if max_length is not None:
            max_length = check_integer("max_length", max_length, 1)
        self.max_length = max_length

    def mix(self, features, tokens, pairs, is_causal, training):
        return fourier_mixing(features, self.max_length)

    def get_config(self):
        return {**super().get_config(), "max_length": self.max_length}
