"""Random synthesizer: attention probabilities that are weights."""

import keras
from keras import ops

from keras_addons.arguments import check_integer
from keras_addons.layers.mixing.synthesizer import Synthesizer


@keras.saving.register_keras_serializable(package="keras_addons")
class RandomSynthesizer(Synthesizer):
    """Attention whose scores are weights, the same for every text.

    Each head is `softmax(R) V` with a trained matrix `R` (max_length,
    max_length) and `V` a dense projection of the features; a last dense layer
    mixes the heads. With `rank` it is `R = R_1 R_2^T` (factorized). A shorter
    text uses the first rows and columns of `R`. Costs `2 * size^2` weights
    and `num_heads * max_length^2`, or `2 * num_heads * max_length * rank`.
    Use it as the `attention` of `TransformerBlock`.

    Args:
        max_length: positive int, the longest text.
        num_heads: positive int that divides the size.
        rank: None or positive int, the columns of `R_1` and `R_2`. Defaults
            to None.
        dropout: float in [0, 1), the dropout rate of the probabilities.
            Defaults to 0.0.
        kernel_initializer: initializer of all matrices. Defaults to
            "glorot_uniform".
        **kwargs: `name`, `dtype` and the like of every Keras layer.

    Call arguments:
        features: tensor (batch, length, size), `length <= max_length`. Its
            Keras mask hides padding, which then never changes another row,
            and is passed on.
        attention_mask: None or a boolean tensor: (batch, length), False at
            padding, or (batch or 1, length, length), False where a row must
            not read a token.
        use_causal_mask: bool, whether a row reads no later token. Defaults to
            False.

    Returns:
        Tensor of the shape of `features`.

    Raises:
        ValueError: an argument is not of its range, `num_heads` does not
            divide the size, or the text is longer than `max_length`.

    Example:

    >>> import numpy as np
    >>> from keras_addons import layers
    >>> mixer = layers.RandomSynthesizer(max_length=16, num_heads=4, rank=8)
    >>> block = layers.TransformerBlock(mixer, layers.FeedForward(256))
    >>> block(np.ones((2, 10, 64), "float32")).shape == (2, 10, 64)
    True

    Reference:
        [Tay et al., 2020](https://arxiv.org/abs/2005.00743),
        https://kexue.fm/archives/8431
    """

    def __init__(self, max_length, num_heads, rank=None, **kwargs):
        super().__init__(max_length, num_heads, **kwargs)
        if rank is not None:
            rank = check_integer("rank", rank, 1)
        self.rank = rank

    def build_scores(self, size):
        if self.rank is None:
            side = self.max_length
            self.kernel = self.add_matrix("kernel", self.num_heads, side, side)
            return
        shape = (self.num_heads, self.max_length, self.rank)
        self.rows = self.add_matrix("rows", *shape)
        self.columns = self.add_matrix("columns", *shape)

    def scores(self, features, length):
        if self.rank is None:
            return self.kernel[None, :, :length, :length]
        columns = ops.swapaxes(self.columns[:, :length], -1, -2)
        return ops.matmul(self.rows[:, :length], columns)[None]

    def get_config(self):
        return {**super().get_config(), "rank": self.rank}
